import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../src/domain/notify/message.ts';
import { wordingOf } from '../../src/notify/wording.ts';
import { ServerProcess } from '../e2e/server-process.ts';
import { aMessage, aProblem } from '../notify/a-message.ts';
import { Browser, barriers, NO_BROWSER, picture } from './browser.ts';
import { journeyReports, lastMonth, NEW } from './fleet-of-journeys.ts';

/** No answer needs more clicks. */
const MOST_CLICKS = 3;

/**
 * A way through the pages, with its clicks. A link, a button and a fold are one click each. A search is one, with the
 * typed text and the key Enter. A field of a form is none, nor is a choice in it: the button that sends the form is
 * one.
 */
class Journey {
  clicks = 0;
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** `leadsTo`: the address of the page that it opens; none if it opens a dialog on the same page. */
  async click(what: Locator, leadsTo?: RegExp): Promise<void> {
    this.#count();
    await what.click();
    if (leadsTo !== undefined) await this.page.waitForURL(leadsTo);
  }

  async search(text: string): Promise<void> {
    this.#count();
    await this.page.getByRole('searchbox', { name: 'Search the fleet' }).fill(text);
    await this.page.keyboard.press('Enter');
    await this.page.waitForURL(/\?q=/);
  }

  #count(): void {
    this.clicks++;
    expect(this.clicks).toBeLessThanOrEqual(MOST_CLICKS);
  }
}

describe.skipIf(NO_BROWSER)(`the answer to a question${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`, () => {
  let folder: string;
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-journeys-'));
    server = await ServerProcess.start(join(folder, 'status.db'));
    const answer = await fetch(`${server.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(journeyReports()),
    });
    expect(answer.status).toBe(201);
    browser = await Browser.open();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
    expect(browser?.complaints).toEqual([]);
  });

  const from = async (url: string) => {
    page = await browser.page(url);
    return new Journey(page);
  };
  const fromFleet = () => from(server.url);
  /** From the link in a message. */
  const fromMessage = (message: Partial<Message>) =>
    from(wordingOf(aMessage(message), { publicUrl: server.url }).link);
  const about = (repo: string, name: string) => ({
    repo,
    problems: [aProblem({ target: { repo, server: name } })],
  });

  const main = () => page.locator('main').innerText();
  const heading = () => page.locator('h1').innerText();
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const rowOf = (table: string, name: string) =>
    page
      .getByRole('table', { name: table })
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader').getByText(name, { exact: true }) });

  /** What is new on a page of a journey. */
  const keepsNobodyOut = async (name: string) => {
    await picture(page, `journey-${name}`);
    expect(await barriers(page)).toEqual([]);
  };

  describe('“What happened last night, and why?”', () => {
    const isAnswered = async () => {
      expect(await heading()).toBe('web-1 did not match nginx: the host changed');
      expect(await main()).toMatch(/Resolved after 2 h by hand .*, at most 1 file\./);
      expect(await main()).toContain('nginx.conf');
    };

    test('takes three clicks from the fleet', async () => {
      const journey = await fromFleet();
      await journey.click(link('Incidents'), /\/incidents$/);
      await journey.click(link('24 hours'), /range=24h/);
      await journey.click(
        rowOf('Incidents', 'web-1').getByRole('link', { name: 'web-1' }),
        /\/incident\/\d+$/,
      );
      await isAnswered();
      expect(journey.clicks).toBe(3);
    });

    test('takes one from a message', async () => {
      const journey = await fromMessage(about('nginx', 'web-1'));
      await journey.click(link('nginx.conf'), /\/incident\/\d+$/);
      await isAnswered();
      expect(journey.clicks).toBe(1);
    });
  });

  describe('“Is it flapping, and who fixes it?”', () => {
    test('is answered on the page of the fleet', async () => {
      const journey = await fromFleet();
      const line = await rowOf('Problems', 'app-1').innerText();
      expect(line).toContain('flaps, 7× in 7 d');
      expect(line).toContain('The person who changed the host: revert the change there, or commit it');
      expect(journey.clicks).toBe(0);
    });

    test('is answered on the page that a message leads to', async () => {
      const journey = await fromMessage({ about: 'flapping', ...about('app', 'app-1') });
      expect(await main()).toContain('It flaps: 7 incidents opened in seven days.');
      expect(await main()).toContain('Next: the person who changed the host');
      expect(journey.clicks).toBe(0);
    });
  });

  test('“How much of last month was each repo in sync?” takes one click', async () => {
    const journey = await fromFleet();
    await journey.click(link('Compliance'), /\/compliance$/);
    const table = page.getByRole('table', { name: 'By month' });
    const months = await table.getByRole('columnheader').allInnerTexts();
    const column = months.findIndex((words) => words.startsWith(lastMonth().name));
    const row = rowOf('By month', 'db').locator('th, td');
    expect(await row.nth(column).innerText()).toBe('50.0 %');
    expect(journey.clicks).toBe(1);
  });

  describe('“Is the pipeline dead, or one host?”', () => {
    test('is answered on the page of the fleet', async () => {
      const journey = await fromFleet();
      expect(await rowOf('Problems', 'backup').innerText()).toMatch(/^Stale\s+backup 3 servers\s/);
      expect(await rowOf('Problems', 'web-3').innerText()).toMatch(/^Stale\s+web-3 nginx\s/);
      expect(await page.locator('#group-backup').innerText()).toContain('0 of 3 in sync, 3 stale');
      expect(await page.locator('#group-nginx').innerText()).toContain('2 of 3 in sync, 1 stale');
      expect(journey.clicks).toBe(0);
    });

    test('is answered on the page that a message about a pipeline leads to', async () => {
      const journey = await fromMessage({ about: 'pipeline', ...about('backup', 'backup-1') });
      expect(await heading()).toBe('3 of 3 matching targets need someone');
      expect(await main()).toMatch(/All\s+3\s+Out of sync\s+0\s+Unknown\s+0\s+Stale\s+3\s+In sync\s+0/);
      expect(journey.clicks).toBe(0);
    });

    test('takes one click from a message about one host', async () => {
      const journey = await fromMessage(about('nginx', 'web-3'));
      expect(await main()).toContain('No report has arrived in time.');
      await journey.click(page.locator('.crumbs').getByRole('link', { name: 'nginx' }), /\/\?repo=nginx$/);
      expect(await heading()).toBe('1 of 3 matching targets needs someone');
      expect(await main()).toMatch(/All\s+3\s+Out of sync\s+0\s+Unknown\s+0\s+Stale\s+1\s+In sync\s+2/);
      expect(journey.clicks).toBe(1);
    });
  });

  describe('“Has commit abc1234 landed?”', () => {
    test('is answered by a search, with a link to what is left', async () => {
      const journey = await fromFleet();
      await journey.search('abc1234');
      expect(await main()).toContain('Commit abc1234000 is on 2 of 3 targets');
      expect(journey.clicks).toBe(1);
      await keepsNobodyOut('search-commit');
      await journey.click(link('Commit abc1234000 is on 2 of 3 targets'), new RegExp(`/commit/${NEW}$`));
      expect(await heading()).toBe('abc1234000 is on 2 of 3 targets');
      expect(await main()).toContain('It is not yet on web-3.');
      expect(journey.clicks).toBe(2);
    });

    test('takes one click from a message about a target that has it', async () => {
      const journey = await fromMessage(about('nginx', 'web-1'));
      await keepsNobodyOut('target-commit');
      await journey.click(
        page.locator('.headline').getByRole('link'),
        new RegExp(`/commit/${NEW}\\?repo=nginx$`),
      );
      expect(await heading()).toBe('abc1234000 is on 2 of 3 targets');
      expect(await main()).toContain('It is not yet on web-3.');
      expect(journey.clicks).toBe(1);
    });
  });

  describe('“Mute it till Friday”', () => {
    const mute = async (journey: Journey) => {
      const dialog = page.getByRole('dialog');
      await page.locator('.lanes input').waitFor({ state: 'attached' });
      await journey.click(link('Mute'));
      await dialog.getByLabel('Friday 18:00 UTC').check();
      await dialog.getByLabel('Reason').fill('the host is rebuilt');
      await dialog.getByLabel('Your name').fill('alice');
      await journey.click(
        dialog.getByRole('button', { name: 'Mute until Friday 18:00 UTC' }),
        /\/mutes\/\d+$/,
      );
      expect(await heading()).toMatch(/^Mute \d+: in force$/);
      const until = page.locator('.facts div').filter({ has: page.getByText('Until', { exact: true }) });
      const at = new Date((await until.locator('time').getAttribute('datetime')) ?? '');
      expect([at.getUTCDay(), at.getUTCHours()]).toEqual([5, 18]);
    };

    test('takes three clicks and a reason from the fleet', async () => {
      const journey = await fromFleet();
      await journey.click(link('app-1'), /\/target\?/);
      await mute(journey);
      expect(journey.clicks).toBe(3);
    });

    test('takes two from a message', async () => {
      const journey = await fromMessage(about('backup', 'backup-1'));
      await mute(journey);
      expect(journey.clicks).toBe(2);
    });
  });
});
