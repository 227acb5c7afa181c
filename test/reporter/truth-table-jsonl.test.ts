import { describe } from 'vitest';
import { DRIFT, UNKNOWN } from './situations.ts';
import { CHECK_TOOLS, missing } from './tools.ts';
import { describeTruthTable } from './truth-table.ts';

describe.skipIf(missing([...CHECK_TOOLS, 'ansible.posix.jsonl']))(
  'real checks, told by ansible.posix.jsonl',
  () => {
    describeTruthTable('what drifted', 'jsonl', DRIFT);
    describeTruthTable('what could not be told', 'jsonl', UNKNOWN);
  },
);
