import { describe } from 'vitest';
import { INVENTORY } from './inventory-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';

describe.skipIf(missing(CHECK_TOOLS))('checks', () => {
  describeTruthTable('what the inventory says', INVENTORY);
});
