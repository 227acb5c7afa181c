import { describe } from 'vitest';
import { describeFold } from './fold-contract.ts';
import type { StartStore } from './harness.ts';
import { describeStandings } from './metrics-contract.ts';
import { describeReading } from './reading-contract.ts';
import { describeRecording } from './recording-contract.ts';

/** What every adapter promises. */
export function describeStore(name: string, start: StartStore): void {
  describe(name, () => {
    describeFold(start);
    describeRecording(start);
    describeReading(start);
    describeStandings(start);
  });
}
