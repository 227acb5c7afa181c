import { describe } from 'vitest';
import { STOPPED } from './stopped-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';

describe.skipIf(missing(CHECK_TOOLS))('checks', () => {
  describeTruthTable('what stopped half-way', STOPPED);
});
