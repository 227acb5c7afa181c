import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, barriers, NO_BROWSER, overhang, picture } from './browser.ts';

const FAST_TIMERS = fileURLToPath(new URL('../e2e/fast-timers.mjs', import.meta.url));

describe.skipIf(NO_BROWSER)(`a page that stays open${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;

  const start = (env = {}) => ServerProcess.start(join(folder, 'status.db'), { env, preload: FAST_TIMERS });
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
    // It disappears if the page is loaded again.
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
  /** A line per target. */
  const LIST = '/?view=list';
  const servers = () => page.locator('tr[data-target] th a').allTextContents();
  const announced = () => page.locator('[aria-live="polite"].unseen').textContent();

  test('says how to begin, and becomes the fleet with the first report', async () => {
    await open('/');
    expect(await heading()).toBe('No reports yet');
    expect(await barriers(page)).toEqual([]);
    // The test does what the page says, literally.
    const command = await page.locator('pre code').innerText();
    const [, url = '', body = ''] = /curl -sS '(.*?)'[\s\S]*-d '(.*?)'/.exec(command) ?? [];
    const headers = { 'Content-Type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    await expect.poll(heading).toBe('1 of 1 target needs someone');
    await expect.poll(servers).toEqual(['rsyslog-lab']);
    await fetch(`${server.url}/api/v1/targets?repo=rsyslog&server=rsyslog-lab`, { method: 'DELETE' });
    for (const name of ['a', 'b', 'c']) await report(name);
    await expect.poll(heading).toBe('All 3 targets are in sync');
    await expect.poll(servers).toEqual(['a', 'b', 'c']);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('names a new problem, and keeps open and in place what the reader has opened', async () => {
    await report('z');
    await open('/');
    // So low that content above could move it.
    await page.setViewportSize({ width: 1280, height: 500 });
    await page.locator('#group-web summary').click();
    const link = page.getByRole('link', { name: 'b', exact: true });
    await link.hover();
    const before = await link.boundingBox();
    await report('z', drift);
    await expect.poll(heading).toBe('1 of 4 targets needs someone');
    const problem = page.getByRole('table', { name: 'Problems' }).getByRole('rowheader');
    expect(await problem.allInnerTexts()).toEqual(['z web']);
    expect((await link.boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0);
    expect(await announced()).toBe('1 of 4 targets needs someone. web on z: Out of sync');
    await fetch(`${server.url}/api/v1/targets?repo=web&server=z`, { method: 'DELETE' });
    await expect.poll(heading).toBe('All 3 targets are in sync');
    expect(await link.isVisible()).toBe(true);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test("shows drift at the moment of its report, and keeps the reader's place", async () => {
    await open(LIST);
    await page.getByRole('searchbox').fill('half a wo');
    await page.getByRole('combobox', { name: 'Repo' }).selectOption('web');
    await page.getByRole('link', { name: 'c', exact: true }).focus();
    await report('new', { repo: 'app' });
    await report('c', drift);
    await expect.poll(heading).toBe('1 of 4 targets needs someone');
    expect(await page.title()).toMatch(/^1 of 4 targets needs someone/);
    expect(await announced()).toBe('1 of 4 targets needs someone. web on c: Out of sync');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('c');
    expect(await page.getByRole('searchbox').inputValue()).toBe('half a wo');
    expect(await page.getByRole('combobox', { name: 'Repo' }).inputValue()).toBe('web');
    const repos = page.getByRole('combobox', { name: 'Repo' }).locator('option');
    expect(await repos.allTextContents()).toEqual(['all', 'app', 'web']);
    // Nothing moves above the row in use. Once the reader leaves it, the worst is on top.
    expect(await servers()).toEqual(['a', 'b', 'c', 'new']);
    await page.getByRole('searchbox').focus();
    await expect.poll(servers).toEqual(['c', 'a', 'b', 'new']);
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
    await picture(page, 'live-drift');
  });

  test('of incidents has a new one at once, below the row in use until the reader leaves that', async () => {
    await open('/incidents');
    const rows = () => page.locator('table.incidents tbody th a').allInnerTexts();
    expect([await heading(), await rows()]).toEqual(['1 open, 1 in 30 days', ['c']]);
    await page.getByRole('link', { name: 'c', exact: true }).focus();
    await report('a', drift);
    await expect.poll(heading).toBe('2 open, 2 in 30 days');
    expect(await rows()).toEqual(['c', 'a']);
    await page.getByRole('searchbox', { name: 'Search the fleet' }).focus();
    await expect.poll(rows).toEqual(['a', 'c']);
  });

  test('of one incident follows it to its end', async () => {
    await open('/incidents');
    const path = await page.getByRole('link', { name: 'a', exact: true }).getAttribute('href');
    await page.close();
    await open(path ?? '');
    expect(await heading()).toBe('a does not match web: the cause is not known');
    await report('a');
    await expect.poll(heading).toBe('a did not match web: the cause is not known');
    expect(await announced()).toBe('a did not match web: the cause is not known');
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('of a target follows its incident to the end', async () => {
    await open('/target?repo=web&server=c');
    expect(await page.locator('.headline').textContent()).toMatch(/^Out of sync for /);
    await report('c', { commit: 'feed' });
    await expect.poll(() => page.locator('.headline').textContent()).toMatch(/^In sync for /);
    expect(await page.locator('table.sets').innerText()).not.toContain('open');
    expect(await announced()).toContain('web on c: In sync');
  });

  test('updates ages as time passes', async () => {
    await open('/target?repo=web&server=c');
    const age = page.locator('.headline time').first();
    const before = await age.innerText();
    await expect.poll(() => age.innerText()).not.toBe(before);
  });

  test('never moves the row under the pointer, whatever comes above it', async () => {
    for (let i = 0; i < 12; i++) await report(`many-${i}`);
    await page.close().catch(() => undefined);
    await open(LIST);
    const row = page.locator('tr', { has: page.getByRole('link', { name: 'many-9', exact: true }) });
    await row.hover();
    const before = await row.boundingBox();
    const refreshed = page.waitForResponse((answer) => answer.url() === server.url + LIST);
    // It is worse than all of them, and taller: it has an error and a file.
    await report('a', { sync_status: 'UNKNOWN', error: 'ssh\nno route\nto host' });
    await report('many-8', drift);
    await refreshed;
    await expect.poll(heading).toMatch(/^2 of \d+ targets need someone|^3 of/);
    await expect
      .poll(() => page.locator('tr[data-target="web many-8"]').getAttribute('data-state'))
      .toBe('OUT_OF_SYNC');
    expect((await row.boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0);
    await page.mouse.move(0, 0);
    await expect.poll(async () => (await servers())[0]).not.toBe('a');
    for (let i = 0; i < 12; i++) {
      await fetch(`${server.url}/api/v1/targets?repo=web&server=many-${i}`, { method: 'DELETE' });
    }
    await report('a');
  });

  test('has a filter that no long name widens', async () => {
    const repo = `group/${'long-'.repeat(30)}`;
    await report('of-long', { repo });
    await open(LIST);
    const choice = page.getByRole('combobox', { name: 'Repo' });
    await expect.poll(() => choice.locator('option').allTextContents()).toContain(repo);
    for (const width of [1440, 390, 320]) {
      await page.setViewportSize({ width, height: 900 });
      expect((await choice.boundingBox())?.width).toBeLessThan(250);
      expect(await overhang(page)).toBe(0);
    }
    await fetch(`${server.url}/api/v1/targets?repo=${repo}&server=of-long`, { method: 'DELETE' });
  });

  test('drops a deleted target', async () => {
    await report('gone');
    await open(LIST);
    expect(await servers()).toContain('gone');
    await fetch(`${server.url}/api/v1/targets?repo=web&server=gone`, { method: 'DELETE' });
    await expect.poll(servers).not.toContain('gone');
  });

  test('turns stale by itself when no report comes any more', async () => {
    await report('silent', { last_check: new Date(Date.now() - 596_000).toISOString() });
    await open('/?q=silent');
    await expect.poll(heading).toBe('1 of 1 matching target needs someone');
  });

  test('that lost its server says so and how old it is, and is complete again once the server is back', async () => {
    await open(LIST);
    await report('fresh');
    await expect.poll(servers).toContain('fresh');
    const { port } = new URL(server.url);
    await server.stop('SIGKILL');
    const status = page.getByRole('status');
    await expect.poll(() => status.innerText()).toMatch(/^Connection lost\. You see the state at \d{4}-/);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'connection-lost');
    // The last known ages go on growing.
    const age = page.locator('tr[data-target="web fresh"] .checked time');
    const shown = await age.innerText();
    await expect.poll(() => age.innerText()).not.toBe(shown);
    expect(await status.innerText()).toMatch(/^Connection lost/);
    server = await start({ PORT: port });
    await report('b', drift);
    await expect.poll(() => status.innerText()).toBe('Live');
    await expect.poll(heading).toMatch(/^\d of \d targets needs? someone/);
    await expect
      .poll(() => page.locator('tr[data-target="web b"]').getAttribute('data-state'))
      .toBe('OUT_OF_SYNC');
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('holds no connection while it is hidden, and is up to date when it is shown again', async () => {
    await open(LIST);
    const workers = () => page.workers().length;
    await expect.poll(workers).toBe(1);
    await hide(true);
    // The worker has the connection, which ends with it.
    await expect.poll(workers).toBe(0);
    await report('a', drift);
    await hide(false);
    await expect
      .poll(() => page.locator('tr[data-target="web a"]').getAttribute('data-state'))
      .toBe('OUT_OF_SYNC');
    await expect.poll(workers).toBe(1);
  });

  /** Like another tab in front of it. */
  const hide = (isHidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
      document.dispatchEvent(new Event('visibilitychange'));`);
});
