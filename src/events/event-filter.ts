import { eventMatcher, type OfEvent } from '../domain/questions/event-matcher.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/** Which events a listener wants. Two filters with the same key want the same events. */
export class EventFilter {
  readonly key: string;
  readonly wants: (event: OfEvent) => boolean;

  constructor(filter: TargetFilter) {
    const { repos, servers, labels } = filter;
    this.wants = eventMatcher(filter);
    this.key = JSON.stringify([repos, servers, labels].map((names) => names?.toSorted() ?? null));
  }
}
