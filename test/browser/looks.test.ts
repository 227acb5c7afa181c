import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, barriers, NO_BROWSER, overhang, picture } from './browser.ts';
import { fillDemoFleet } from './demo-fleet.ts';

const row = z.object({
  repo: z.string(),
  server: z.string(),
  state: z.string(),
  files: z.array(z.object({ name: z.string() })),
  incident: z.object({ id: z.number() }).nullable(),
});

/** A target with much that differs, and all its facts known. */
function manyFiles() {
  const files = Array.from({ length: 137 }, (_, i) => ({
    name: `etc/${['conf.d', 'sites-enabled', 'snippets', 'maps'][i % 4]}/file-${i}.conf`,
    change: ['content', 'missing', 'extra', 'attributes'][i % 4],
    lines_added: i,
    lines_removed: i % 3,
    task: 'Remove what is not in Git and set the permissions of the rest of it',
    module: 'ansible.builtin.template',
  }));
  const resources = [{ name: 'nginx', change: 'changed', task: 'Start nginx', module: 'service', count: 1 }];
  return {
    repo: 'many',
    server: 'files',
    sync_status: 'OUT_OF_SYNC',
    files,
    resources,
    drift_count: 140,
    last_check: new Date().toISOString(),
    labels: { owner: 'team-web', env: 'lab' },
  };
}
const commitRow = z.object({ repo: z.string(), commit: z.string() });

describe.skipIf(NO_BROWSER)(`the looks of the pages${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let rows: z.infer<typeof row>[];
  let newest: z.infer<typeof commitRow> | undefined;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-reading-'));
    await fillDemoFleet(join(folder, 'status.db'), { days: 2 });
    server = await ServerProcess.start(join(folder, 'status.db'));
    const many = await fetch(`${server.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(manyFiles()),
    });
    expect(many.status).toBe(201);
    rows = z.array(row).parse(await server.json('/api/v1/status'));
    [newest] = z.array(commitRow).parse(await server.json('/api/v1/commits'));
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
    return page;
  };
  const drifted = () => rows.filter(({ state }) => state === 'OUT_OF_SYNC');
  const openIncident = () => drifted()[0]?.incident?.id;
  const commitPath = () => `/commit/${newest?.commit}?repo=${newest?.repo}`;
  const targetPath = () => {
    const [first] = drifted().filter(({ repo }) => repo !== 'many');
    return `/target?repo=${first?.repo}&server=${first?.server}&range=7d`;
  };

  test('open incidents are on the first screen, wide and on a phone', async () => {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page?.close();
      await open('/');
      await page.setViewportSize(viewport);
      await page.goto(`${server.url}/incidents`);
      const first = await page.locator('table.incidents tbody tr').first().boundingBox();
      expect(await page.locator('table.incidents tbody tr').first().innerText()).toContain('Open');
      expect((first?.y ?? 0) + (first?.height ?? 0)).toBeLessThan(viewport.height);
    }
  });

  test('on a phone a table still has heads, rows and cells', async () => {
    await open('/?view=list');
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.fleet tbody tr')).display`)).toBe(
      'grid',
    );
    const tree = await page.locator('main').ariaSnapshot();
    expect(tree).toMatch(/- table "Targets"/);
    expect(tree.match(/- columnheader "/g)).toHaveLength(7);
    expect(tree.match(/- rowheader "/g)).toHaveLength(20);
    const roles = ['table', 'rowgroup', 'row', 'cell', 'columnheader', 'rowheader'];
    for (const role of roles)
      expect([role, await page.locator(`[role="${role}"]`).count()]).not.toEqual([role, 0]);
    // The others are on the next page.
    await page.goto(`${server.url}/?view=list&page=2`);
    const others = await page.locator('main').ariaSnapshot();
    expect(others.match(/- rowheader "/g)).toHaveLength(rows.length - 20);
  });

  test('on paper tables are tables, and a picture has all of its days', async () => {
    await open(targetPath());
    await page.emulateMedia({ media: 'print' });
    // A4 without its margins.
    await page.setViewportSize({ width: 690, height: 1000 });
    expect(await page.locator('table.sets thead').isVisible()).toBe(true);
    const display = (one: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${one}')).display`);
    expect(await display('table.sets td')).toBe('table-cell');
    expect(await page.locator('.top nav').isVisible()).toBe(false);
    expect(await overhang(page)).toBe(0);
    const [picture, last] = await Promise.all(
      ['svg.states', 'svg.states rect:last-of-type'].map((one) => page.locator(one).boundingBox()),
    );
    const end = (box: typeof last) => (box?.x ?? 0) + (box?.width ?? 0);
    expect(Math.abs(end(picture) - end(last))).toBeLessThan(3);
    await page.goto(`${server.url}/`);
    expect(await display('table.fleet td')).toBe('table-cell');
    // A name may be broken once, at a hyphen, but not letter by letter.
    for (const name of await page.getByRole('table', { name: 'Problems' }).getByRole('rowheader').all())
      expect((await name.getByRole('link').first().boundingBox())?.height).toBeLessThan(50);
  });

  test('the instants below a picture are one line high, everywhere', async () => {
    await open('/');
    for (const path of ['/', targetPath(), `/incident/${openIncident()}`]) {
      await page.goto(server.url + path);
      expect([path, (await page.locator('svg.axis').boundingBox())?.height]).toEqual([path, 18]);
    }
  });

  test('the report of a month is one page on paper, even with twenty targets', async () => {
    const repos = new Set(rows.map(({ repo }) => repo));
    for (const [by, lines] of [
      ['repo', repos.size],
      ['target', 20],
    ] as const) {
      await page?.close();
      await open(`/compliance?by=${by}`);
      expect(await page.locator('table.time-spent tbody tr').count()).toBe(lines);
      const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true });
      expect([by, pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length]).toEqual([by, 1]);
    }
  });

  const PAGES = [
    ['fleet', () => '/'],
    ['fleet-list', () => '/?view=list'],
    ['fleet-past', () => '/?at=now-1d'],
    ['fleet-no-match', () => '/?q=zzzz'],
    ['target', targetPath],
    ['target-past', () => `${targetPath()}&at=now-3h`],
    ['target-cut', () => `${targetPath()}&from=now-30h&to=now-6h&at=now-10h`],
    ['target-many', () => '/target?repo=many&server=files'],
    ['target-found', () => '/target?repo=many&server=files&file=conf.d'],
    ['incidents', () => '/incidents?range=24h'],
    ['incidents-each', () => '/incidents?each=true&q=s&from=2026-01-01T00:00'],
    ['incident', () => '/incident/1'],
    ['incident-open', () => `/incident/${openIncident()}`],
    ['commits', () => '/commits'],
    ['commit', commitPath],
    ['compliance', () => '/compliance?tz=Europe/Berlin'],
    ['compliance-target', () => '/compliance?by=target'],
    ['file', () => `/file?range=24h&name=${encodeURIComponent(drifted()[0]?.files[0]?.name ?? '')}`],
    ['error', () => '/?state=NOPE'],
    ['not-found', () => '/nothing'],
    ['docs', () => '/docs'],
  ] as const;
  const WIDE = { width: 1440, height: 900 };
  const PHONE = { width: 390, height: 844 };
  const LOOKS = [
    ['wide-light', WIDE, 'light', 'screen'],
    ['wide-dark', WIDE, 'dark', 'screen'],
    ['phone-light', PHONE, 'light', 'screen'],
    ['phone-dark', PHONE, 'dark', 'screen'],
    ['print', { width: 690, height: 1000 }, 'dark', 'print'],
  ] as const;

  test.each(PAGES)(
    'the page %s fits and is accessible, wide and on a phone, by day, by night and on paper',
    async (name, path) => {
      await open(path());
      for (const [look, viewport, colorScheme, media] of LOOKS) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme, media });
        await page.goto(server.url + path());
        await page.locator('.scheme').waitFor({ state: 'attached' });
        // The console of the API belongs to its package.
        if (name === 'docs') await page.locator('#docs .info').waitFor();
        expect([look, await overhang(page), await barriers(page, ['#docs'])]).toEqual([look, 0, []]);
        await picture(page, `${name}-${look}`);
      }
      await page.emulateMedia({ media: 'screen' });
      await page.setViewportSize({ width: 320, height: 700 });
      expect(await overhang(page)).toBe(0);
      // The browser itself reports a missing page.
      if (name === 'error' || name === 'not-found') browser.complaints.splice(0);
    },
  );
});
