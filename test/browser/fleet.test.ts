import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, barriers, NO_BROWSER, overhang, picture } from './browser.ts';

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
const JSON_HEADERS = { 'Content-Type': 'application/json' };

/** Sixty targets of two repos: more than are opened in place. Ten have the same drift, two are muted, one is failing. */
function reports(): object[] {
  return Array.from({ length: 60 }, (_, i) => {
    const name = `node-${String(i).padStart(2, '0')}`;
    const target = {
      repo: i < 30 ? 'app' : 'web',
      server: name,
      expected_interval_s: 48 * 3600,
      labels: { env: i % 2 === 0 ? 'prod' : 'lab', owner: 'alice' },
      commit: 'c0ffee12',
    };
    const before = { ...target, sync_status: 'SYNCED', last_check: ago(30) };
    if (i < 10)
      return [
        before,
        {
          ...target,
          sync_status: 'OUT_OF_SYNC',
          files: [{ name: `etc/${'long/'.repeat(20)}app.conf` }, { name: 'etc/other.conf' }],
          last_check: ago(3),
        },
      ];
    if (i === 10)
      return [
        before,
        { ...target, sync_status: 'UNKNOWN', error: `no route to ${name}\n`.repeat(20), last_check: ago(2) },
      ];
    return [before, { ...before, last_check: ago(1) }];
  }).flat();
}

describe.skipIf(NO_BROWSER)(`a fleet of many targets${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-fleet-'));
    server = await ServerProcess.start(join(folder, 'status.db'));
    const send = (path: string, body: object) =>
      fetch(server.url + path, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) });
    expect((await send('/api/v1/reports', reports())).status).toBe(201);
    const mute = { server: ['node-08', 'node-09'], reason: 'trial', by: 'bob', ends_at: ago(-5) };
    expect((await send('/api/v1/mutes', mute)).status).toBe(201);
    browser = await Browser.open();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
    expect(browser?.complaints).toEqual([]);
  });

  const open = async (path: string) => {
    page = await browser.page(server.url + path);
  };
  const heading = () => page.locator('h1').innerText();
  const problems = () => page.getByRole('table', { name: 'Problems' }).getByRole('rowheader').allInnerTexts();

  test('names the common problems, each with a list of its targets', async () => {
    await open('/');
    expect(await heading()).toBe('9 of 60 targets need someone');
    expect(await problems()).toEqual(['app 8 servers', 'node-10 app', 'app 2 servers']);
    await page.getByRole('link', { name: 'app', exact: true }).first().click();
    await page.waitForURL(/problem=/);
    expect(await heading()).toBe('8 of 8 matching targets need someone');
    const names = await page.getByRole('table', { name: 'Targets' }).getByRole('rowheader').allInnerTexts();
    expect(names.map((name) => name.split(' ')[0])).toEqual(
      Array.from({ length: 8 }, (_, i) => `node-0${i}`),
    );
  });

  test('has a map that is drawn for the mouse, worst first, and in words for everybody', async () => {
    await open('/');
    const cells = page.locator('#group-app .cells a');
    expect(await cells.count()).toBe(30);
    expect((await cells.first().boundingBox())?.width).toBe(9);
    expect(await page.locator('main').ariaSnapshot()).not.toContain('node-20');
    const group = page.locator('#group-app');
    expect(await group.innerText()).toContain('19 of 30 in sync, 10 out of sync, 1 unknown');
    const title = async () => {
      await page.mouse.move(0, 0);
      await cells.first().hover();
      return cells.first().getAttribute('title');
    };
    await expect.poll(title).toBe('app on node-00: out of sync');
    await cells.first().click();
    await page.waitForURL(/\/target\?repo=app&server=node-00/);
    await page.goBack();
    await group.getByRole('link', { name: 'app', exact: true }).click();
    await page.waitForURL(/repo=app/);
    expect(await heading()).toBe('9 of 30 matching targets need someone');
  });

  test('is grouped by a label in one click', async () => {
    await open('/');
    await page.getByRole('link', { name: 'env', exact: true }).click();
    await page.waitForURL(/group=env/);
    expect(await page.locator('.group h3').allInnerTexts()).toEqual(['lab', 'prod']);
  });

  test('is shown in the past by a click on a column, and now again by one on Now', async () => {
    await open('/');
    const columns = page.locator('svg.columns a');
    // The last three days by the hour: nothing is older. A whole day ago nothing was wrong.
    expect(await columns.count()).toBe(72);
    await columns.nth(47).click();
    await page.waitForURL(/\?at=\d+$/);
    await expect.poll(heading).toMatch(/^At \d{4}-\d\d-\d\d \d\d:\d\d, all 60 targets were in sync$/);
    expect(await page.title()).toBe(`${await heading()} · gitops-status-server`);
    expect(await page.locator('.as-of').innerText()).toMatch(/^Not live · /);
    expect(await page.locator('.live').count()).toBe(0);
    await page.getByRole('link', { name: 'Now', exact: true }).click();
    await expect.poll(heading).toBe('9 of 60 targets need someone');
  });

  test("is shown in the past by keys alone, at an instant of the reader's clock", async () => {
    await open('/');
    await page.getByText('At …').press('Enter');
    const field = page.getByLabel('At, in Vienna');
    const local = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Vienna',
      dateStyle: 'short',
      timeStyle: 'short',
    });
    const at = local.format(Date.now() - 20 * HOUR);
    await field.fill(at.replace(' ', 'T'));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?at=/);
    await expect.poll(heading).toBe(`At ${at}, all 60 targets were in sync`);
  });

  test('is searched with the key / from any page', async () => {
    await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('node-10');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=node-10/);
    expect(await heading()).toBe('1 of 1 matching target needs someone');
    await page.keyboard.press('/');
    await page.keyboard.type('zzzz');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=zzzz/);
    expect(await heading()).toBe('No target matches “zzzz”');
    await page.locator('.none li a').first().click();
    await page.waitForURL(/q=node-59/);
    expect(await heading()).toBe('0 of 1 matching target needs someone');
  });

  const LOOKS = [
    ['wide-light', { width: 1440, height: 900 }, 'light', 'screen'],
    ['wide-dark', { width: 1440, height: 900 }, 'dark', 'screen'],
    ['phone-light', { width: 390, height: 844 }, 'light', 'screen'],
    ['phone-dark', { width: 390, height: 844 }, 'dark', 'screen'],
    ['narrow', { width: 320, height: 700 }, 'light', 'screen'],
    ['print', { width: 690, height: 1000 }, 'dark', 'print'],
  ] as const;

  test.each([
    ['problems', '/'],
    ['by-label', '/?group=env'],
    ['list', '/?view=list'],
    ['past', '/?at=now-2h'],
    ['no-match', '/?q=zzzz'],
  ])('its page %s fits and is accessible', async (name, path) => {
    await open(path);
    for (const [look, viewport, colorScheme, media] of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, media });
      await page.goto(server.url + path);
      await page.locator('.scheme').waitFor({ state: 'attached' });
      expect([look, await overhang(page), await barriers(page)]).toEqual([look, 0, []]);
      await picture(page, `many-${name}-${look}`);
    }
  });

  test('has lines that are one row high, however long their text', async () => {
    await open('/');
    await page.setViewportSize({ width: 1440, height: 900 });
    const rows = await page.locator('table.fleet tbody tr').all();
    expect(rows.length).toBe(3);
    for (const row of rows) expect((await row.boundingBox())?.height).toBeLessThanOrEqual(34);
  });
});
