import { describe } from 'vitest';
import { DRIFT } from './drift-situations.ts';
import { STOPPED } from './stopped-situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';
import { UNKNOWN } from './unknown-situations.ts';

describe.skipIf(missing([...CHECK_TOOLS, 'ansible.posix.jsonl']))(
  'real checks, told by ansible.posix.jsonl',
  () => {
    describeTruthTable('what drifted', 'jsonl', DRIFT);
    describeTruthTable('what could not be told', 'jsonl', UNKNOWN);
    describeTruthTable('what stopped half-way', 'jsonl', STOPPED);
  },
);
