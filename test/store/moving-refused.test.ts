import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aReport, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { recordSome, withSides } from './moving-sides.ts';
import { missing } from './postgres-database.ts';

describe.skipIf(missing !== undefined)(`a move to PostgreSQL (${missing ?? 'a cluster of its own'})`, () => {
  test('is refused, with what to do, while another process has the file open', () =>
    withSides(async (sides) => {
      const store = sides.openFile();
      await recordAll(store, [aReport()]);
      await expect(sides.move()).rejects.toThrow(/status\.db is open in another process: stop the server/);
      expect(await recordAll(store, [aReport({ server: 'b' })])).toHaveLength(1);
    }));

  test('is refused of a file that is of an older version, damaged, missing or no database of this service', () =>
    withSides(async (sides) => {
      await expect(sides.move()).rejects.toThrow(/no database at .*status\.db/);
      sides.inFile('CREATE TABLE cats (name text)');
      await expect(sides.move()).rejects.toThrow(/status\.db is not a database of gitops-status-server/);
      rmSync(sides.path);
      await recordSome(sides);
      sides.inFile(`UPDATE finding SET files = '[{"name":"b"}]' WHERE files <> '[]'`);
      await expect(sides.move()).rejects.toThrow(
        /status\.db is damaged \(finding 1: another content\): restore/,
      );
      sides.inFile(
        'DELETE FROM __drizzle_migrations WHERE rowid = (SELECT max(rowid) FROM __drizzle_migrations)',
      );
      await expect(sides.move()).rejects.toThrow(/older version \(1\.2\.3\).*Start 1\.2\.3 on it once/);
    }));

  test('is refused if there is anything in PostgreSQL, or a server on it, and changes nothing there', () =>
    withSides(async (sides) => {
      await recordSome(sides);
      const store = await sides.openPostgres();
      await expect(sides.move()).rejects.toThrow(
        /Other processes of gitops-status-server use this PostgreSQL: stop/,
      );
      await recordAll(store, [aReport({ server: 'z' })]);
      await expect(sides.move()).rejects.toThrow(/not empty: it has rows in .*target.*DROP SCHEMA/);
      expect(await store.statuses({})).toHaveLength(1);
      await expect(sides.openPostgres()).resolves.toBeDefined();
    }));

  test('that was interrupted is no database to be served, and goes on only from the same file', () =>
    withSides(async (sides) => {
      await recordSome(sides);
      const interrupted = sides.move((step) => {
        if (step.kind === 'targets') throw new Error('interrupted');
      });
      await expect(interrupted).rejects.toThrow('interrupted');
      await expect(sides.openPostgres()).rejects.toThrow(/part of a database.*Run the same migrate-to again/);
      expect(await sides.inPostgres('SELECT id FROM target')).toEqual([{ id: '1' }]);
      const store = sides.openFile();
      await recordAll(store, [aReport({ lastCheckAt: NOON + MINUTE })]);
      await store.close();
      await expect(sides.move()).rejects.toThrow(
        /the file has changed since the move was begun.*DROP SCHEMA/,
      );
    }));

  test('finds out if what has arrived is not what was sent', () =>
    withSides(async (sides) => {
      await recordSome(sides);
      const sent: Promise<unknown>[] = [];
      const moved = sides.move(({ kind, ...step }) => {
        if (kind === 'targets' && 'done' in step && step.done === step.all)
          sent.push(
            sides.inPostgres(
              `UPDATE target_status SET tail_received = '{5}'; DELETE FROM event WHERE seq = 1`,
            ),
          );
      });
      await expect(moved).rejects.toThrow(/not the same as the file: report .*, event \(4 rows became 3/);
      await Promise.all(sent);
      await expect(sides.openPostgres()).rejects.toThrow(/part of a database/);
    }));
});
