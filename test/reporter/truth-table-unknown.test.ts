import { describe } from 'vitest';
import { STOPPED } from './stopped-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';
import { UNKNOWN } from './unknown-situations.ts';

describe.skipIf(missing(CHECK_TOOLS))('real checks, observed by the plugin', () => {
  describeTruthTable('what could not be told', 'plugin', UNKNOWN);
  describeTruthTable('what stopped half-way', 'plugin', STOPPED);
});
