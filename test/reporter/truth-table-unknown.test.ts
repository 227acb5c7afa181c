import { describe } from 'vitest';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';
import { UNKNOWN } from './unknown-situations.ts';

describe.skipIf(missing(CHECK_TOOLS))('checks', () => {
  describeTruthTable('what could not be determined', UNKNOWN);
});
