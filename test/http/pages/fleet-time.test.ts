import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

describe('the last 30 days', () => {
  const shares = (html: string) =>
    [...html.matchAll(/data-words="([^"]*% [^"]*|no data)" data-at="([^"]*)" data-until="([^"]*)"/g)].map(
      ([, words, from, until]) => ({ words, from, until }),
    );

  test('are columns of a day, exact, on a labelled scale of their own', async () => {
    // Half of each first day of two, and the whole of the others, was in sync.
    const first = NOON - 30 * DAY;
    const reports = Array.from({ length: 60 }, (_, i) => {
      const fields = { last_check: iso(first + i * 12 * HOUR), expected_interval_s: 12 * 3600 };
      return i === 1 ? aDrift(['f'], fields) : aBody(fields);
    });
    await at.post(reports);
    await at.post(reports.map((one) => ({ ...one, server: 'other', sync_status: 'SYNCED', files: [] })));
    const { html, text } = await openPage(at, '/');
    const columns = shares(html);
    expect(columns).toHaveLength(30);
    expect(columns[0]).toEqual({
      words: '25.0 % out of sync, 0.0 % unknown, 0.0 % stale, 75.0 % in sync',
      from: iso(first),
      until: iso(first + DAY),
    });
    expect(new Set(columns.slice(1).map(({ words }) => words))).toEqual(
      new Set(['0.0 % out of sync, 0.0 % unknown, 0.0 % stale, 100 % in sync']),
    );
    expect(text).toContain('50 % 25 %');
    // 59 and 60 halves of 60 days each, cut.
    expect(text).toContain('99.1 % in sync over 30 days, 100 % of the time known');
    expect(text).toMatch(/rsyslog all 2 in sync 99\.1 % 30 d/);
  });

  test('open the fleet as it was at the end of each day, and the newest opens the present fleet', async () => {
    await at.post(aBody({ last_check: iso(NOON - 10 * DAY) }));
    const { links } = await openPage(at, '/');
    expect(links).toContain(`/?at=${(NOON - DAY) / 1000}`);
    expect(links).not.toContain(`/?at=${NOON / 1000}`);
    expect(links).toContain('/?at=1776769200');
  });

  test('are hours if nothing is older, and "no data" is neither 0 nor 100', async () => {
    await at.post(aDrift(['f'], { last_check: iso(NOON - 5 * HOUR), expected_interval_s: 10 * 3600 }));
    const { html, text } = await openPage(at, '/');
    expect(text).toContain('Not in sync, share of the fleet, the last 24 hours');
    expect(text).toContain('0.0 % in sync over 24 hours');
    const words = shares(html).map(({ words }) => words);
    expect(words).toEqual([
      ...Array.from({ length: 19 }, () => 'no data'),
      ...Array.from({ length: 5 }, () => '100 % out of sync, 0.0 % unknown, 0.0 % stale, 0.0 % in sync'),
    ]);
  });

  test('include what was recorded since the page was last opened', async () => {
    await at.post(aBody({ last_check: iso(NOON - 5 * HOUR), expected_interval_s: 10 * 3600 }));
    expect((await openPage(at, '/')).text).toContain('100 % in sync over 24 hours');
    await at.post(
      aDrift(['f'], { server: 'b', last_check: iso(NOON - 5 * HOUR), expected_interval_s: 36_000 }),
    );
    expect((await openPage(at, '/')).text).toContain('50.0 % in sync over 24 hours');
  });
});

describe('the fleet in the past', () => {
  beforeEach(async () => {
    await at.post([
      aBody({ last_check: iso(NOON - 3 * HOUR), expected_interval_s: 3600 }),
      aDrift(['f'], { server: 'b', last_check: iso(NOON - 3 * HOUR), expected_interval_s: 3600 }),
      aBody({ server: 'b', last_check: iso(NOON - 2 * HOUR), expected_interval_s: 36_000 }),
      aBody({ last_check: iso(NOON - HOUR), expected_interval_s: 36_000 }),
    ]);
  });

  test('says in its headline and title that it is the past, and is not live', async () => {
    const page = await openPage(at, `/?at=${(NOON - 2.5 * HOUR) / 1000}`);
    expect(page.title).toBe('At 2026-04-21 09:30 UTC, 1 of 2 targets needed someone · gitops-status-server');
    expect(page.text).toMatch(/^At 2026-04-21 09:30 UTC, 1 of 2 targets needed someone/);
    expect(page.html).toContain('Not live');
    expect(page.html).not.toContain('data-live');
    expect(page.rowsOf('Problems')[0]?.slice(0, 5)).toEqual([
      'Out of sync',
      'b rsyslog',
      'f',
      'The owner: deploy it, because it was never in sync yet',
      '30 min',
    ]);
    expect(page.text).toContain('The newest check had come 30 min before.');
    expect(page.links).toContain(`/api/v1/status?at=${(NOON - 2.5 * HOUR) / 1000}`);
    expect((await openPage(at, '/')).title).toMatch(/^All 2 targets are in sync/);
  });

  test('is never in sync by later reports, and a part of it is not said to be in sync either', async () => {
    const whole = await openPage(at, '/?at=2026-04-21T10:30:00Z');
    expect(whole.title).toMatch(/^At 2026-04-21 10:30 UTC, all 2 targets were in sync/);
    const part = await openPage(at, '/?at=2026-04-21T10:30:00Z&server=b');
    expect(part.title).toMatch(/^At 2026-04-21 10:30 UTC, 0 of 1 matching target needed someone/);
    expect(part.text).toContain('The whole: All 2 targets were in sync.');
  });

  test.each([
    ['2026-04-21T09:30', 'At 2026-04-21 09:30 UTC'],
    ['2026-04-21T11:30:00%2B02:00', 'At 2026-04-21 09:30 UTC'],
    ['now-3h', 'At 2026-04-21 09:00 UTC'],
    ['1776720000', 'At 2026-04-20 21:20 UTC, no target had reported yet'],
    ['2027-01-01T00:00', 'All 2 targets are in sync'],
    ['', 'All 2 targets are in sync'],
  ])('at=%s: %s', async (asked, title) => {
    expect((await openPage(at, `/?at=${asked}`)).title).toContain(title);
  });

  test('can be asked for by a form that keeps the other parameters', async () => {
    const { html } = await openPage(at, '/?repo=rsyslog&state=STALE,UNKNOWN&label=env:prod');
    const [, form = ''] = /<form[^>]*data-at-form[^>]*>(.*?)<\/form>/s.exec(html) ?? [];
    expect(
      [...form.matchAll(/name="(\w+)"(?: required="")? value="([^"]*)"/g)].map(([, ...field]) => field),
    ).toEqual([
      ['repo', 'rsyslog'],
      ['label', 'env:prod'],
      ['state', 'STALE,UNKNOWN'],
      ['at', '2026-04-21T12:00'],
    ]);
  });

  test('is refused for a value that is no instant', async () => {
    const { status, text } = await openPage(at, '/?at=yesterday');
    expect([status, text]).toEqual([422, expect.stringContaining('at: must be an instant')]);
  });
});
