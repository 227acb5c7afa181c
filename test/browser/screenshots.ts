import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectedTarget } from '../../src/demo/fleet.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, picture } from './browser.ts';
import { fillDemoFleet } from './demo-fleet.ts';

// Makes the pictures of the README: `npm run screenshots`.

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const TARGET = '/target?repo=nginx&server=nginx-lab&range=7d';

const folder = mkdtempSync(join(tmpdir(), 'gitops-status-screenshots-'));
const database = join(folder, 'status.db');
await fillDemoFleet(database, { days: 30 });
const server = await ServerProcess.start(database);
// A target whose check never ran.
const { repo, server: expected } = expectedTarget({ targets: 20 });
await fetch(`${server.url}/api/v1/targets?repo=${repo}&server=${expected}`, { method: 'PUT' });
const browser = await Browser.open({ viewport: { width: 1280, height: 1000 }, colorScheme: 'light' });
for (const [name, path] of [
  ['fleet', '/'],
  ['target', TARGET],
] as const) {
  const page = await browser.page(server.url + path);
  await page.locator('.live[data-connection="live"]').waitFor();
  await picture(page, name, DOCS);
}
await browser.close();
await server.stop();
rmSync(folder, { recursive: true });
