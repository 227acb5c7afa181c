import { describe } from 'vitest';
import { DRIFT } from './drift-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';

describe.skipIf(missing(CHECK_TOOLS))('checks', () => {
  describeTruthTable('what drifted', DRIFT);
});
