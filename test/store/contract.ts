import { describe } from 'vitest';
import { describeExport } from './export-contract.ts';
import { describeFold } from './fold-contract.ts';
import type { StartStore } from './harness.ts';
import { describeStandings } from './metrics-contract.ts';
import { describeReading } from './reading-contract.ts';
import { describeRecording } from './recording-contract.ts';
import { describeRetention } from './retention-contract.ts';

/** What every adapter promises. */
export function describeStore(name: string, start: StartStore): void {
  describe(name, () => {
    describeFold(start);
    describeRecording(start);
    describeReading(start);
    describeStandings(start);
    describeExport(start);
    describeRetention(start);
  });
}
