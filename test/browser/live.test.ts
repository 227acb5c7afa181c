import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, barriers, NO_BROWSER, picture } from './browser.ts';

const HASTY_TIMERS = fileURLToPath(new URL('../e2e/hasty-timers.mjs', import.meta.url));

describe.skipIf(NO_BROWSER)(`a page that is left open${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;

  const start = (env = {}) => ServerProcess.start(join(folder, 'status.db'), { env, preload: HASTY_TIMERS });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-open-page-'));
    server = await start();
    browser = await Browser.open();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const open = async (path: string) => {
    page = await browser.page(server.url + path);
    await page.locator('.live[data-connection="live"]').waitFor();
    // It is gone with a page that is loaded again.
    await page.evaluate('globalThis.isSamePage = true');
  };
  const report = async (name: string, fields: object = {}) => {
    const answer = await fetch(`${server.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        repo: 'web',
        server: name,
        sync_status: 'SYNCED',
        last_check: new Date().toISOString(),
        ...fields,
      }),
    });
    expect(answer.status).toBe(201);
  };
  const drift = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'motd' }] };
  const heading = () => page.locator('h1').innerText();
  const servers = () => page.locator('table.fleet tbody th').allInnerTexts();
  const announced = () => page.locator('[aria-live="polite"].unseen').textContent();

  test('says how to begin, and becomes the fleet with the first report', async () => {
    await open('/');
    expect(await heading()).toBe('No reports yet');
    expect(await barriers(page)).toEqual([]);
    for (const name of ['a', 'b', 'c']) await report(name);
    await expect.poll(heading).toBe('All 3 targets are in sync');
    await expect.poll(servers).toEqual(['a', 'b', 'c']);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('shows drift the moment it is reported, on top, and keeps the reader where he was', async () => {
    await open('/');
    await page.getByRole('searchbox').fill('half a wo');
    await page.getByRole('combobox', { name: 'Repo' }).selectOption('web');
    await page.getByRole('link', { name: 'c', exact: true }).focus();
    await report('new', { repo: 'app' });
    await report('c', drift);
    await expect.poll(heading).toBe('1 out of sync of 4 targets');
    expect(await servers()).toEqual(['c', 'a', 'b', 'new']);
    expect(await page.title()).toMatch(/^1 out of sync/);
    expect(await announced()).toBe('1 out of sync of 4 targets. web on c: Out of sync');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('c');
    expect(await page.getByRole('searchbox').inputValue()).toBe('half a wo');
    expect(await page.getByRole('combobox', { name: 'Repo' }).inputValue()).toBe('web');
    const repos = page.getByRole('combobox', { name: 'Repo' }).locator('option');
    expect(await repos.allTextContents()).toEqual(['all', 'app', 'web']);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
    await picture(page, 'live-drift');
  });

  test('of a target follows its incident to the end', async () => {
    await open('/target?repo=web&server=c');
    expect(await page.locator('.headline').textContent()).toMatch(/^Out of sync for /);
    await report('c', { commit: 'feed' });
    await expect.poll(() => page.locator('.headline').textContent()).toMatch(/^In sync for /);
    expect(await page.locator('table.incidents').innerText()).toContain('until');
    expect(await announced()).toContain('web on c: In sync');
  });

  test('tells ages by the clock as it goes on', async () => {
    await open('/target?repo=web&server=c');
    const age = page.locator('.headline time');
    const before = await age.innerText();
    await expect.poll(() => age.innerText()).not.toBe(before);
  });

  test('drops a target that is deleted', async () => {
    await report('gone');
    await open('/');
    expect(await servers()).toContain('gone');
    await fetch(`${server.url}/api/v1/targets?repo=web&server=gone`, { method: 'DELETE' });
    await expect.poll(servers).not.toContain('gone');
  });

  test('turns stale by itself when nothing comes any more', async () => {
    await report('silent', { last_check: new Date(Date.now() - 596_000).toISOString() });
    await open('/?q=silent');
    await expect.poll(heading).toBe('1 stale of 1 target');
  });

  test('that lost its server says so and of when it is, and is whole again once it is back', async () => {
    await open('/');
    const { port } = new URL(server.url);
    await server.stop('SIGKILL');
    const status = page.getByRole('status');
    await expect.poll(() => status.innerText()).toMatch(/^Connection lost\. This is how it was at \d{4}-/);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'connection-lost');
    server = await start({ PORT: port });
    await report('b', drift);
    await expect.poll(() => status.innerText()).toBe('Live');
    await expect.poll(heading).toMatch(/^1 out of sync/);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('holds no connection while nobody looks at it, and is up to date for who comes back', async () => {
    await open('/');
    const isStream = (request: Request) => new URL(request.url()).pathname === '/api/v1/events';
    let opened = 0;
    page.on('request', (request) => {
      if (isStream(request)) opened++;
    });
    const closed = page.waitForEvent('requestfailed', isStream);
    await hide(true);
    await closed;
    await report('a', drift);
    expect(opened).toBe(0);
    await hide(false);
    await expect.poll(heading).toMatch(/^2 out of sync/);
    expect(opened).toBe(1);
  });

  /** As another tab in front of it does. */
  const hide = (isHidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event('visibilitychange'));`);
});
