import { expect, test } from 'vitest';
import { MINUTE, NOON } from '../../fixtures.ts';
import { aBody, aDrift, iso, startService } from '../service.ts';
import { openPage } from './page.ts';

const BAR = /<rect class="(\w+)" x="[^"]*" y="([^"]*)" width="[^"]*" height="([^"]*)" fill="([^"]*)"/g;

test('no state is shown by colour alone: each has a bar of its own height or hatching, and a glyph', async () => {
  const at = startService();
  await at.post([
    aBody({ last_check: iso(NOON - 60 * MINUTE) }),
    aBody({ last_check: iso(NOON - 40 * MINUTE), sync_status: 'UNKNOWN', error: 'ssh' }),
    aDrift(['a'], { last_check: iso(NOON - 35 * MINUTE) }),
  ]);
  const { html } = await openPage(at, '/target?repo=rsyslog&server=rsyslog-lab');
  const looks = new Map([...html.matchAll(BAR)].map(([, state, ...look]) => [state, look.join()]));
  expect([...looks.keys()].sort()).toEqual(['OUT_OF_SYNC', 'STALE', 'SYNCED', 'UNKNOWN']);
  expect(new Set(looks.values()).size).toBe(4);
  const labels = [...html.matchAll(/<span class="state (\w+)">(.*?)<\/span>/g)];
  expect(labels).not.toEqual([]);
  for (const [, state, label] of labels) expect(label).toContain(`href="#glyph-${state}"`);
});
