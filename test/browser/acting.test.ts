import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { Browser, barriers, NO_BROWSER, overhang, picture } from './browser.ts';

const report = (server: string, fields: object = {}) => ({
  repo: 'web',
  server,
  sync_status: 'OUT_OF_SYNC',
  files: [{ name: 'nginx.conf' }, { name: 'tls.conf' }],
  last_check: new Date().toISOString(),
  ...fields,
});

describe.skipIf(NO_BROWSER)(`what a person does on the pages${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-acting-'));
    server = await ServerProcess.start(join(folder, 'status.db'));
    browser = await Browser.open();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const post = (...reports: object[]) =>
    fetch(`${server.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(reports),
    });

  test('without a script: mutes, sees it, changes it, ends it, acknowledges and retires', async () => {
    await post(report('a'), report('b'));
    const plain = await Browser.open({ javaScriptEnabled: false });
    try {
      page = await plain.page(`${server.url}/target?repo=web&server=a`);
      await page.getByRole('link', { name: 'Mute', exact: true }).click();
      await page.getByRole('link', { name: 'These 2 files' }).click();
      await page.getByText('Matches 1 target and 1 open incident now.').waitFor();
      await page.getByLabel('Reason').fill('TLS trial');
      await page.getByText('What exactly, and from when').click();
      await page.getByLabel('Servers').fill('');
      await page.getByRole('button', { name: 'Mute for 1 hour' }).click();
      await page.getByText('Matches 2 targets and 2 open incidents now.').waitFor();
      await page.getByRole('button', { name: 'Mute for 1 hour' }).click();
      // It does not know who the user is.
      expect(await page.locator('#by-fault').innerText()).toContain('Say who you are');
      expect(await page.getByLabel('Reason').inputValue()).toBe('TLS trial');
      await page.getByLabel('Your name').fill('alice');
      await page.getByRole('button', { name: 'Mute for 1 hour' }).click();
      await page.waitForURL(/\/mutes\/1$/);
      await page.getByRole('link', { name: 'Change' }).click();
      await page.getByLabel('In sync again').check();
      await page.getByLabel('Your name').fill('bob');
      await page.getByRole('button', { name: 'Show what it matches now' }).click();
      await page.waitForURL(/\/mutes\/1\/change\?/);
      await page.getByRole('button', { name: 'Change the mute' }).click();
      await page.waitForURL(/\/mutes\/1$/);
      expect(await page.locator('.facts').innerText()).toContain('in sync again, at the latest');
      await page.getByRole('button', { name: 'End it now' }).click();
      await page.getByRole('heading', { name: 'Mute 1: over' }).waitFor();
      await page.goto(`${server.url}/target?repo=web&server=a`);
      await page.getByRole('link', { name: 'Acknowledge' }).click();
      await page.getByLabel('Note').fill('on it');
      await page.getByLabel('Your name').fill('alice');
      await page.getByRole('button', { name: 'Acknowledge' }).click();
      await page.waitForURL(/\/target\?/);
      expect(await page.locator('.facts').innerText()).toContain('acknowledged by alice');
      await page.getByRole('button', { name: 'End the acknowledgement' }).click();
      await page.getByRole('link', { name: 'Acknowledge' }).waitFor();
      await page.getByRole('link', { name: 'Retire' }).click();
      await page.getByRole('button', { name: 'Retire the target' }).click();
      await page.waitForURL((url) => url.pathname === '/');
      expect(await page.locator('tr[data-target] th a').allTextContents()).toEqual(['b']);
      expect(plain.complaints.filter((one) => !one.includes('422'))).toEqual([]);
    } finally {
      await plain.close();
    }
  });

  test('what is typed stays while other things happen, and after it was refused', async () => {
    await post(report('typed'));
    page = await browser.page(`${server.url}/mutes/new?repo=web&server=typed`);
    await page.getByLabel('Reason').fill('half a sentence');
    await post(report('somebody-else'));
    await page.getByText('What exactly, and from when').click();
    await page.getByLabel('Files').fill('*.conf');
    await page.getByRole('button', { name: 'Show what it matches now' }).click();
    await page.waitForURL(/shown=/);
    expect(await page.getByLabel('Reason').inputValue()).toBe('half a sentence');
    await page.getByRole('button', { name: 'Mute for 1 hour' }).click();
    await page.locator('#by-fault').waitFor();
    expect(await page.locator('.live').count()).toBe(0);
    expect(await page.getByLabel('Files').inputValue()).toBe('*.conf');
  });

  test('mutes in a dialog above the page: the matches now, and the end, are shown before it is done', async () => {
    await post(report('in-dialog'), report('beside'));
    page = await browser.page(`${server.url}/target?repo=web&server=in-dialog`);
    const dialog = page.getByRole('dialog');
    const mute = page.getByRole('link', { name: 'Mute', exact: true });
    await page.locator('.lanes input').waitFor({ state: 'attached' });
    await mute.click();
    await dialog.getByText('Matches 1 target and 1 open incident now.').waitFor();
    await page.getByRole('dialog', { name: 'Mute web on in-dialog' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('These 2 files');
    expect(await barriers(page)).toEqual([]);
    await dialog.getByLabel('Friday 18:00 UTC').check();
    await dialog.getByLabel('Reason').fill('TLS trial');
    await dialog.getByRole('link', { name: /^All of web/ }).click();
    await dialog.getByText(/^Matches \d+ targets and \d+ open incidents now/).waitFor();
    // What was typed and chosen stays, and the focus stays in place.
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('TLS trial');
    expect(await page.evaluate('document.activeElement.textContent')).toMatch(/^All of web/);
    await dialog.getByRole('button', { name: 'Mute until Friday 18:00 UTC' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Mute');
    await mute.click();
    // Text typed before the answer arrives stays as well, and nothing is sent that was chosen before.
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/mutes/new?*', async (route) => {
      await answered;
      await route.continue();
    });
    await dialog.getByRole('link', { name: 'The whole target' }).click();
    await dialog.getByLabel('Reason').fill('TLS trial');
    await dialog.getByLabel('Your name').fill('alice');
    const send = dialog.getByRole('button', { name: 'Mute for 1 hour' });
    expect(await send.isDisabled()).toBe(true);
    answer();
    await send.click();
    await page.waitForURL(/\/mutes\/\d+$/);
    await page.goto(`${server.url}/target?repo=web&server=in-dialog`);
    expect(await page.locator('.facts').innerText()).toMatch(/Muted\s+muted until .* by alice/);
  });

  const PAGES = [
    ['mute', '/mutes/new?repo=web&server=seen'],
    ['mute-refused', '/mutes/new?repo=a%7Cb&sent=1&until=at&refused=by'],
    ['mutes', '/mutes'],
    ['one-mute', '/mutes/1'],
    ['mute-change', '/mutes/1/change'],
    ['acknowledge', '/target/acknowledge?repo=web&server=seen&sent=1&refused=by'],
    ['retire', '/target/retire?repo=web&server=seen'],
    ['muted-target', '/target?repo=web&server=seen'],
  ] as const;
  const LOOKS = [
    ['wide-light', { width: 1280, height: 900 }, 'light'],
    ['wide-dark', { width: 1280, height: 900 }, 'dark'],
    ['phone-light', { width: 360, height: 780 }, 'light'],
  ] as const;

  test.each(PAGES)('the page %s fits and is accessible', async (name, path) => {
    await post(report('seen'));
    const mute = {
      repo: 'web',
      server: 'seen',
      reason: 'seen',
      by: 'a',
      ends_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    await fetch(`${server.url}/api/v1/mutes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(mute),
    });
    page = await browser.page(server.url);
    for (const [look, viewport, colorScheme] of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.goto(server.url + path);
      expect([look, await overhang(page), await barriers(page)]).toEqual([look, 0, []]);
      await picture(page, `${name}-${look}`);
    }
  });
});
