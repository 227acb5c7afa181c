import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, NO_BROWSER } from '../browser/browser.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { NGINX, ProxyProcess, shippedSite } from './proxy-process.ts';
import { missing } from './tools.ts';

describe.skipIf(missing('nginx') || NO_BROWSER)(
  `a browser, behind nginx and below a base path${NO_BROWSER ? ` (${NO_BROWSER})` : ''},`,
  () => {
    let folder: string;
    let server: ServerProcess;
    let proxy: ProxyProcess;
    let browser: Browser;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gitops-status-proxied-pages-'));
      const env = { GITOPS_STATUS_BASE_PATH: '/drift', GITOPS_STATUS_TRUSTED_PROXIES: '127.0.0.1' };
      server = await ServerProcess.start(join(folder, 'status.db'), { env });
      const upstream = new URL(server.url).host;
      proxy = await ProxyProcess.start(NGINX, (listen) => shippedSite('nginx.conf', { listen, upstream }));
      browser = await Browser.open();
    });
    afterAll(async () => {
      await browser?.close();
      await proxy?.stop();
      await server?.stop();
      rmSync(folder, { recursive: true });
    });

    const report = async (name: string) => {
      const last_check = new Date().toISOString();
      await fetch(`${proxy.url}/drift/api/v1/reports`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ repo: 'web', server: name, sync_status: 'SYNCED', last_check }),
      });
    };

    test('gets updates, and links and forms stay below the path', async () => {
      await report('first');
      const page = await browser.page(`${proxy.url}/drift`);
      await page.locator('.live[data-connection="live"]').waitFor();
      await report('second');
      await page.locator('.group summary').click();
      await page.getByRole('link', { name: 'second' }).click();
      await page.locator('h1', { hasText: 'second' }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/drift/target');
      await page.getByRole('link', { name: 'Incidents', exact: true }).click();
      await page.getByText('Search and filter').click();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.waitForURL(/\/drift\/incidents\?/);
      expect(browser.complaints).toEqual([]);
    });

    test('reads the documentation, which asks the server that it came from', async () => {
      const page = await browser.page(`${proxy.url}/drift/docs`);
      await page.locator('.swagger-ui .info .title').waitFor();
      expect(await page.locator('.servers option').allTextContents()).toEqual([`${proxy.url}/drift`]);
      expect(browser.complaints).toEqual([]);
    });
  },
);
