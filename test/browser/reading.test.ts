import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, dumped, NO_BROWSER } from './browser.ts';
import { fillDemoFleet } from './demo-fleet.ts';

const row = z.object({
  repo: z.string(),
  server: z.string(),
  state: z.string(),
  files: z.array(z.object({ name: z.string() })),
});

describe.skipIf(NO_BROWSER)(`the pages for a reader${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let rows: z.infer<typeof row>[];
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-reading-'));
    await fillDemoFleet(join(folder, 'status.db'), { days: 2 });
    server = await ServerProcess.start(join(folder, 'status.db'));
    rows = z.array(row).parse(await server.json('/api/v1/status'));
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
  const heading = () => page.locator('h1').innerText();
  const states = () => page.locator('table.fleet .state').allInnerTexts();
  const drifted = () => rows.filter(({ state }) => state === 'OUT_OF_SYNC');
  const targetPath = () => {
    const [first] = drifted();
    return `/target?repo=${first?.repo}&server=${first?.server}&range=7d`;
  };

  test('the fleet begins with what is wrong, and how much it is', async () => {
    await open('/');
    const needing = rows.filter(({ state }) => state !== 'SYNCED').length;
    expect(await heading()).toBe(`${needing} of 20 targets need someone`);
    expect(await page.title()).toBe(`${await heading()} · gitops-status-server`);
    const percent = Math.floor(((20 - needing) / 20) * 100);
    expect(await page.locator('.big').innerText()).toBe(`${percent} % of 20 targets`);
    const problems = await page.getByRole('table', { name: 'Problems' }).locator('.state').allInnerTexts();
    expect(problems).toHaveLength(needing);
    expect(problems.slice(0, drifted().length)).toEqual(drifted().map(() => 'Out of sync'));
    await page.getByRole('link', { name: 'One line per target' }).click();
    await page.waitForURL(/view=list/);
    const shown = await states();
    expect(shown).toHaveLength(20);
    expect(shown.slice(0, drifted().length)).toEqual(drifted().map(() => 'Out of sync'));
    expect(shown.at(-1)).toBe('In sync');
  });

  test('a click on a state leaves only that state, and a search only rows with the word', async () => {
    await open('/');
    await page.getByRole('navigation', { name: 'States' }).getByRole('link', { name: 'Out of sync' }).click();
    await page.waitForURL(/state=OUT_OF_SYNC/);
    expect(await states()).toEqual(drifted().map(() => 'Out of sync'));
    await open('/');
    await page.getByRole('searchbox').fill('postgres');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=postgres/);
    const repos = await page.locator('table.fleet .of').allInnerTexts();
    expect(repos).toEqual(rows.filter(({ repo }) => repo === 'postgres').map(({ repo }) => repo));
  });

  test('a target has its past, and another span is one click away', async () => {
    const [first] = drifted();
    await open('/');
    await page.getByRole('link', { name: first?.server ?? '', exact: true }).click();
    await page.waitForURL(/\/target\?/);
    expect(await heading()).toBe(first?.server);
    expect(await page.locator('table.differing').innerText()).toContain(first?.files[0]?.name);
    await page.getByRole('link', { name: '7 days' }).click();
    await page.waitForURL(/range=7d/);
    expect(await page.getByRole('heading', { level: 2 }).first().innerText()).toBe('The last 7 days');
  });

  test("the pictures of a target share one axis, by the reader's clock", async () => {
    await open(targetPath());
    const boxes = await Promise.all(
      ['svg.states', 'svg.drift', 'svg.axis'].map((one) => page.locator(`.lanes ${one}`).boundingBox()),
    );
    const edges = boxes.map((box) => [box?.x, box?.width]);
    expect(edges).toEqual(edges.map(() => edges[0]));
    await expect
      .poll(() => page.locator('svg.states title').first().textContent())
      .toMatch(/^[A-Z][a-z ]+ from \d{4}-\d\d-\d\d \d\d:\d\d to .* Vienna$/);
    expect(await page.locator('.zone').innerText()).toMatch(/^Times in Europe\/Vienna \(UTC\+[12]\)$/);
    expect(await page.locator('.as-of').innerText()).toMatch(/^\d\d:\d\d Vienna$/);
  });

  test('light or dark is the choice of the reader, and remembered', async () => {
    await open('/');
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.goto(`${server.url}/incidents`);
    expect(await ground()).toBe(dark);
    await page.emulateMedia({ media: 'print' });
    expect(await ground()).toBe(light);
    await page.emulateMedia({ media: 'screen' });
    await page.getByRole('button', { name: 'Use light colours' }).click();
    expect(await ground()).toBe(light);
  });

  test('an error page follows nothing, and does not complain about a lost connection', async () => {
    const asked: string[] = [];
    await open('/?state=NOPE');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole('button', { name: /Use .* colours/ }).waitFor();
    expect(await page.locator('.live').count()).toBe(0);
    expect(await page.locator('.as-of').innerText()).toMatch(/^Not live · /);
    expect(asked.filter((path) => !path.startsWith('/assets/'))).toEqual(['/']);
    browser.complaints.splice(0);
  });

  test.each(['/', '/incidents', '/docs'])(
    'a headless browser with a time budget finishes %s',
    async (path) => {
      expect(await dumped(server.url + path, 8000)).toContain('</html>');
    },
  );

  test('an incident has links to its page and to its target', async () => {
    await open('/incidents?range=7d');
    expect(await heading()).toMatch(/^\d+ open, \d+ in 7 days$/);
    const link = page.locator('table.incidents tbody th a').first();
    const server = await link.innerText();
    await link.click();
    await page.waitForURL(/\/incident\/\d+$/);
    expect(await heading()).toMatch(/ does not match .+: /);
    expect(await heading()).toContain(server);
    await page.locator('.facts a[href*="/target?"]').click();
    await page.waitForURL(/\/target\?/);
    expect(await heading()).toContain(server);
  });

  test("instants are shown by the reader's clock, and exactly in a tooltip", async () => {
    await open('/incidents?from=2026-01-01T10:32');
    const times = await page.locator('main time:not([data-form], [data-when])').all();
    expect(times.length).toBeGreaterThan(0);
    for (const time of times) {
      const at = new Date((await time.getAttribute('datetime')) ?? '');
      const parts = { timeZone: 'Europe/Vienna', dateStyle: 'short', timeStyle: 'short' } as const;
      const local = new Intl.DateTimeFormat('sv-SE', parts).format(at);
      expect(await time.innerText()).toBe(local);
      expect(await time.getAttribute('title')).toMatch(
        new RegExp(`^${local}:\\d\\d Europe/Vienna, ${at.toISOString()}$`),
      );
    }
  });

  test('instants of a target are short: only the time today, with the day for earlier ones', async () => {
    await open(targetPath());
    const times = await page.locator('time[data-when]').all();
    expect(times.length).toBeGreaterThan(3);
    const words = (at: Date) => {
      const zone = { timeZone: 'Europe/Vienna' } as const;
      const time = at.toLocaleTimeString('en-GB', { ...zone, hour: '2-digit', minute: '2-digit' });
      const day = (one: Date) => one.toLocaleDateString('en-GB', { ...zone, day: 'numeric', month: 'short' });
      return day(at) === day(new Date()) ? time : `${day(at)} ${time}`;
    };
    for (const time of times) {
      const shown = (await time.textContent()) ?? '';
      expect(words(new Date((await time.getAttribute('datetime')) ?? '')).replace('Sept', 'Sep')).toContain(
        shown,
      );
    }
  });

  test('one cursor shows state, files and commit, under the pointer and by keys', async () => {
    await open(targetPath());
    const reading = page.locator('.readout .reading');
    const rest = page.locator('.readout .rest');
    await page.locator('.lanes input').waitFor({ state: 'attached' });
    const total = await rest.innerText();
    expect(total).toMatch(/^Out of sync \d/);
    const box = await page.locator('svg.states').boundingBox();
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 5];
    await page.mouse.move(x, y);
    expect(await reading.innerText()).toMatch(/^.*\d\d:\d\d: out of sync, \d+ files?, [0-9a-f]{10}$/);
    expect(await rest.isVisible()).toBe(false);
    const line = await page.locator('.cursor .moving').boundingBox();
    const [first, last] = await Promise.all(
      ['svg.states', 'svg.commits'].map((one) => page.locator(one).boundingBox()),
    );
    expect(line?.y).toBeLessThanOrEqual(first?.y ?? 0);
    expect((line?.y ?? 0) + (line?.height ?? 0)).toBeGreaterThanOrEqual(
      (last?.y ?? 0) + (last?.height ?? 0) - 1,
    );
    await page.mouse.move(0, 0);
    expect(await rest.innerText()).toBe(total);
    await page.getByRole('slider', { name: 'Cursor over time' }).focus();
    const atEnd = await reading.innerText();
    await page.keyboard.press('Home');
    expect(await reading.innerText()).not.toBe(atEnd);
    expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toBe(await reading.innerText());
    await page.keyboard.press('Tab');
    expect(await rest.isVisible()).toBe(true);
  });

  test('a drag only fills in the form of the range; its result is in the address', async () => {
    await open(targetPath());
    await page.locator('.lanes input').waitFor({ state: 'attached' });
    const before = page.url();
    const box = await page.locator('.cursor').boundingBox();
    const at = (share: number) => [(box?.x ?? 0) + share * (box?.width ?? 0), (box?.y ?? 0) + 10] as const;
    await page.mouse.move(...at(0.8));
    await page.mouse.down();
    await page.mouse.move(...at(0.9), { steps: 4 });
    await page.mouse.up();
    expect(page.url()).toBe(before);
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/from=.*to=/);
    const address = new URL(page.url()).searchParams;
    const [from, to] = ['from', 'to'].map((name) => Date.parse(address.get(name) ?? ''));
    const days = ((to ?? 0) - (from ?? 0)) / 86_400_000;
    expect(days).toBeGreaterThan(0.6);
    expect(days).toBeLessThan(0.8);
    expect(await page.locator('.as-of').innerText()).toMatch(/^Not live · /);
    await page.getByRole('link', { name: 'Back to 24 hours' }).click();
    await page.getByRole('heading', { name: 'The last 24 hours' }).waitFor();
  });

  test('texts for use elsewhere are copied by a click', async () => {
    await open(targetPath());
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByText('Export').click();
    const code = page.locator('#export pre');
    const button = code.getByRole('button', { name: 'Copy' });
    await button.waitFor();
    // It says so for only two seconds, and a slow machine may look later.
    await page.evaluate(`const button = document.querySelector('#export pre .copy');
        globalThis.said = [];
        new MutationObserver(() => said.push(button.textContent)).observe(button, { childList: true });`);
    await button.click();
    await expect.poll(() => page.evaluate('said')).toContain('Copied');
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await code.locator('code').innerText());
  });

  test('the keyboard alone is enough, and can skip what is the same on every page', async () => {
    await open('/');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Now');
  });

  test('everything clickable is reached by Tab, and its focus is visible', async () => {
    for (const path of ['/', targetPath(), '/incidents?range=7d', '/incident/1', '/commits', '/compliance']) {
      await page?.close();
      await open(path);
      // A property, not an attribute: the page is refreshed in place meanwhile.
      const waiting = new Set<string>(
        // Elements with -1 are for the mouse; the same is beside them for everybody.
        await page.evaluate(`[...document.querySelectorAll(':is(a[href], button, input, select, summary):not([tabindex="-1"])')]
            .filter((one) => one.checkVisibility()).map((one, i) => (one.stop = String(i)))`),
      );
      expect(waiting.size).toBeGreaterThan(10);
      for (let presses = waiting.size + 5; presses > 0; presses--) {
        await page.keyboard.press('Tab');
        const [stop, outline] = await page.evaluate<[string, string]>(
          '[document.activeElement.stop, getComputedStyle(document.activeElement).outlineStyle]',
        );
        if (waiting.delete(stop)) expect([path, stop, outline]).not.toEqual([path, stop, 'none']);
      }
      expect([path, ...waiting]).toEqual([path]);
    }
  });

  test('without a script everything is there, in UTC', async () => {
    const plain = await Browser.open({ javaScriptEnabled: false });
    try {
      page = await plain.page(`${server.url}/?view=list`);
      expect(await states()).toHaveLength(20);
      expect(await page.locator('.as-of').innerText()).toMatch(/UTC$/);
      expect(await page.locator('.zone').innerText()).toBe('Times in UTC');
      await page.getByRole('searchbox').fill('nginx');
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=nginx/);
      await page.locator('table.fleet tbody th a').first().click();
      await page.waitForURL(/\/target\?/);
      expect(await page.locator('.timeline svg.states').isVisible()).toBe(true);
      await page.getByText('From … to …').click();
      expect(await page.locator('.of-zone').innerText()).toBe('UTC');
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/from=/);
      await page.goto(`${server.url}/`);
      await page.getByText('At …').click();
      await page.getByLabel('At, in UTC').fill('2020-01-01T10:30');
      await page.getByRole('button', { name: 'Show the fleet then' }).click();
      await page.waitForURL(/at=/);
      expect(await heading()).toBe('At 2020-01-01 10:30 UTC, no target had reported yet');
      await page.getByRole('link', { name: 'Now', exact: true }).click();
      await page.locator('.group summary').first().click();
      await page.locator('.group tbody th a').first().click();
      await page.waitForURL(/\/target\?/);
      await page.goto(server.url + targetPath());
      expect(await page.locator('svg.drift').isVisible()).toBe(true);
      expect(await page.locator('.copy, .live').count()).toBe(0);
    } finally {
      await plain.close();
    }
  });
});
