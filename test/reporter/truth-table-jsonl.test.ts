import { describe } from 'vitest';
import { atFullLength } from '../full-length.ts';
import { DRIFT } from './drift-situations.ts';
import type { Situation } from './situation.ts';
import { STOPPED } from './stopped-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';
import { UNKNOWN } from './unknown-situations.ts';

const ofEachFamily = (situations: readonly Situation[]) =>
  atFullLength(situations, { otherwise: situations.filter(({ everySource }) => everySource === true) });

describe.skipIf(missing([...CHECK_TOOLS, 'ansible.posix.jsonl']))(
  'real checks, told by ansible.posix.jsonl',
  () => {
    describeTruthTable('what drifted', 'jsonl', ofEachFamily(DRIFT));
    describeTruthTable('what could not be told', 'jsonl', ofEachFamily(UNKNOWN));
    describeTruthTable('what stopped half-way', 'jsonl', ofEachFamily(STOPPED));
  },
);
