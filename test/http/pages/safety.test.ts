import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../service.ts';
import { openPage } from './page.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  'javascript:alert(1)',
  '</title></svg><style>*{display:none}</style>',
  '&lt;script&gt;',
];

const PAGES = [
  '/',
  `/?q=${encodeURIComponent(HOSTILE.join(' '))}`,
  '/target?repo=rsyslog&server=rsyslog-lab&range=7d',
  '/target?repo=rsyslog&server=failing',
  '/incidents',
  '/incidents?each=true',
  '/incident/1',
  '/commits',
  '/compliance?by=target',
  '/compliance.svg?by=target',
  `/commit/${encodeURIComponent(HOSTILE[0] ?? '')}`,
  ...HOSTILE.map((name) => `/file?name=${encodeURIComponent(name)}`),
  '/target?repo=nobody&server=nobody',
  `/?${encodeURIComponent(HOSTILE[0] ?? '')}=1`,
];

let at: TestService;
beforeEach(async () => {
  at = startService();
  const [script = '', image = ''] = HOSTILE;
  const hostile = { commit: script, branch: image, run_url: `https://ci.example/${image}` };
  await at.post([
    aBody({ ...hostile, last_check: iso(NOON - 2 * MINUTE) }),
    aDrift(HOSTILE, { ...hostile, last_check: iso(NOON - MINUTE) }),
    aBody({ server: 'failing', sync_status: 'UNKNOWN', error: HOSTILE.join('\n'), error_kind: script }),
  ]);
});

describe('whatever was reported', () => {
  test.each(PAGES)('is text, and never markup, on %s', async (path) => {
    const { html } = await openPage(at, path);
    // Scripts are only our own files.
    expect(html).not.toMatch(/<script(?! (?:type="module" )?src="\/assets\/)|<img src=x|<style/i);
    // Without the values of attributes, only our own markup is left between the brackets.
    const tags = html.replace(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThan(20);
    for (const tag of tags) expect(tag).not.toMatch(/\s(?:on\w+|style|autofocus)\b/i);
  });

  test('is shown as it is', async () => {
    const fleet = await openPage(at, '/');
    const lab = await openPage(at, '/target?repo=rsyslog&server=rsyslog-lab');
    const failing = await openPage(at, '/target?repo=rsyslog&server=failing');
    for (const name of HOSTILE) {
      expect(lab.text).toContain(name);
      expect(failing.text).toContain(name);
      const file = await openPage(at, `/file?name=${encodeURIComponent(name)}`);
      expect(file.text).toContain(name);
      expect(file.text).toContain('It differed on 1 target');
    }
    // The first of them and how many more there are; all of them are in the title.
    expect(fleet.text).toContain(`+${HOSTILE.length - 1}`);
  });

  test('is never a link that runs code', async () => {
    for (const path of PAGES) {
      for (const link of (await openPage(at, path)).links) expect(link).toMatch(/^(?:\/|https:|#[\w-]+$)/);
    }
  });
});
