import { DomainError } from '../../../domain/errors.ts';
import type { Labels } from './grouping-key.ts';

/** One value of one series in a push. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  /** NaN if JavaScript has no such number: 0.99999999999999999 is not 1. */
  readonly value: number;
  readonly hasTimestamp: boolean;
  readonly place: Place;
}

/** The most labels of a sample: far more than Prometheus is made for. */
export const MAX_LABELS = 1000;

/** Its place in the body, counted from 1. */
export interface Place {
  readonly unit: 'Line' | 'Metric';
  readonly number: number;
}

/** The body cannot be read: it has the wrong format, or says something twice. */
export function unreadable(place: Place, detail: string): DomainError {
  return new DomainError('malformed', sentence(place, detail));
}

/** The body can be read, but says something that cannot be recorded. */
export function refusedSample({ place }: Sample, detail: string): DomainError {
  return new DomainError('invalid', sentence(place, detail));
}

function sentence({ unit, number }: Place, detail: string): string {
  return `${unit} ${number} ${detail}.`;
}
