import { describe } from 'vitest';
import { LEFT_OUT_SITUATIONS } from './left-out-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';

describe.skipIf(missing(CHECK_TOOLS))('checks', () => {
  describeTruthTable('what is left out', LEFT_OUT_SITUATIONS);
});
