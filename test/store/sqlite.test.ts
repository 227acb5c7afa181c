import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { describeStore } from './contract.ts';

describeStore('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-store-'));
  const open = () => openSqliteStore({ path: join(folder, 'status.db'), version: '0.0.0-test' });
  let current = open();
  return {
    store: current,
    async restart() {
      await current.close();
      current = open();
      return current;
    },
    async dispose() {
      await current.close();
      rmSync(folder, { recursive: true });
    },
  };
});
