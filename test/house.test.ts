import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arrows, filesIn, reachable, SRC } from './house.ts';

describe('the folders of src', () => {
  const all = arrows();

  test('never use each other in a circle, including types', () => {
    expect([...all.keys()].filter((room) => reachable(room, all).has(room))).toEqual([]);
  });

  test('the domain uses nothing, and the ports of the store use only the domain', () => {
    expect(all.get('domain')).toBeUndefined();
    expect([...(all.get('store') ?? [])]).toEqual(['domain']);
  });

  test('only compose.ts, database.ts and the workers know which database there is', () => {
    const adapter = /(?:from |import\()'[^']*\/(?:sqlite|postgres)\//;
    const files = filesIn(SRC).filter(
      (file) => /\.tsx?$/.test(file) && !/\/store\/(?:sqlite|postgres)\//.test(file),
    );
    const knowing = files.filter((file) => adapter.test(readFileSync(file, 'utf8')));
    const names = new Set(knowing.map((file) => relative(SRC, file)));
    expect(names).toEqual(
      new Set([
        'compose.ts',
        'database.ts',
        'workers/integrity-process.ts',
        'workers/postgres-question-worker.ts',
        'workers/question-worker.ts',
      ]),
    );
  });
});
