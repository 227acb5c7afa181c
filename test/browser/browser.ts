import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Its place in Debian. */
const CHROMIUM = '/usr/bin/chromium';

/** Why there is no browser; undefined if there is one. */
export const NO_BROWSER = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not installed`;

/** For the slowest machine: an expected event comes within a moment, or never. */
const PATIENCE_MS = 60_000;

/** Stored for people to look at; git ignores them. */
const PICTURES = fileURLToPath(new URL('../../test-artifacts/', import.meta.url));

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

type Options = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'javaScriptEnabled' | 'timezoneId'>;

/** A new browser, without any earlier data. */
export class Browser {
  /** The complaints of a page: about a script, a policy, a missing file. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.#context = context;
    this.#profile = profile;
  }

  static async open(options: Options = {}): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'gitops-status-browser-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: QUIET,
      locale: 'en-GB',
      timezoneId: 'Europe/Vienna',
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Browser(context, profile);
  }

  async page(url: string): Promise<Page> {
    const page = await this.#context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} ${message.location().url}`);
    });
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** What makes a page inaccessible: the rule, and where it is broken. `except`: what is not ours. */
export async function barriers(page: Page, except: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (exclude) => Object(globalThis).axe.run({ exclude: exclude.map((one) => [one]) }),
    except,
  );
  return violations.map(
    ({ id, nodes }: { id: string; nodes: { target: unknown[]; failureSummary: string }[] }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`,
  );
}

/** What a headless browser prints of a page. It ends once its time is over and nothing is under way. */
export async function dumped(url: string, budgetMs: number): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), 'gitops-status-dump-'));
  const args = [
    `--user-data-dir=${profile}`,
    '--headless',
    `--virtual-time-budget=${budgetMs}`,
    '--dump-dom',
    url,
  ];
  try {
    const { stdout } = await promisify(execFile)(CHROMIUM, [...QUIET, ...args], {
      timeout: PATIENCE_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

/** How far the page is wider than its visible part. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = Object(globalThis).document.documentElement;
    return scrollWidth - clientWidth;
  });
}

export async function picture(page: Page, name: string, path = PICTURES): Promise<void> {
  mkdirSync(path, { recursive: true });
  await page.screenshot({ path: join(path, `${name}.png`), fullPage: path === PICTURES });
}
