import { describe } from 'vitest';
import { describeAcknowledgements } from './acknowledgement-contract.ts';
import { describeActions } from './action-contract.ts';
import { describeCommits } from './commits-contract.ts';
import { describeDeleting } from './deleting-contract.ts';
import { describeEventLog } from './event-contract.ts';
import { describeExpected } from './expected-contract.ts';
import { describeExport } from './export-contract.ts';
import { describeFold } from './fold-contract.ts';
import type { StartStore } from './harness.ts';
import { describeLabels } from './labels-contract.ts';
import { describeMutes } from './mute-contract.ts';
import { describeNotifications } from './notification-contract.ts';
import { describePushes } from './pushes-contract.ts';
import { describeReading } from './reading-contract.ts';
import { describeRecording } from './recording-contract.ts';
import { describeRepair } from './repair-contract.ts';
import { describeRetention } from './retention-contract.ts';
import { describeStateHistories } from './state-histories-contract.ts';
import { describeStatuses } from './statuses-contract.ts';

/** What every adapter promises. */
export function describeStore(name: string, start: StartStore): void {
  describe(name, () => {
    describeFold(start);
    describeRecording(start);
    describeReading(start);
    describeStatuses(start);
    describeStateHistories(start);
    describeLabels(start);
    describeCommits(start);
    describeEventLog(start);
    describeExport(start);
    describeDeleting(start);
    describePushes(start);
    describeActions(start);
    describeMutes(start);
    describeAcknowledgements(start);
    describeExpected(start);
    describeRetention(start);
    describeRepair(start);
    describeNotifications(start);
  });
}
