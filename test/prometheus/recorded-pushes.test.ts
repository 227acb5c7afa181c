import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startService, type TestService } from '../http/service.ts';
import { FAMILY_NAMES, recordingOf } from './push-families.ts';
import { pushedSeries } from './push-metrics.ts';
import { type RecordedPush, recordedPush } from './push-relay.ts';

const GROUP = 'instance="ci-1",job="drift"';
const shown = (value: number) => [
  `gitops_sync_status{${GROUP},repo="rsyslog",server="lab"} ${value}`,
  `push_time_seconds{${GROUP}}`,
];
const EXPECTED = [
  { status: 200, series: shown(1) },
  { status: 200, series: shown(0) },
  { status: 202, series: [] },
];

async function replay(at: TestService, { method, path, headers, body }: RecordedPush) {
  const bytes = Uint8Array.from(Buffer.from(body, 'base64'));
  const init = { method, headers, ...(bytes.length > 0 ? { body: bytes } : {}) };
  const { status } = await at.service.app.request(path, init);
  return { status, series: pushedSeries(await (await at.get('/metrics')).text()) };
}

function gzipped({ headers, body, ...push }: RecordedPush): RecordedPush {
  if (body === '') return { headers, body, ...push };
  const compressed = gzipSync(Buffer.from(body, 'base64')).toString('base64');
  return { ...push, headers: { ...headers, 'content-encoding': 'gzip' }, body: compressed };
}

describe.each(FAMILY_NAMES)('the requests of the client for %s, as recorded beside a Pushgateway', (name) => {
  const pushes = z.array(recordedPush).parse(JSON.parse(readFileSync(recordingOf(name), 'utf8')));

  test('have the pushes of 1 and 0 and, if it can delete, the deletion', () => {
    const methods = ['PUT', 'POST', 'DELETE'];
    expect(pushes.map(({ method }) => method)).toEqual(name === 'rust' ? methods.slice(0, 2) : methods);
  });

  test.each([
    ['as it is', (push: RecordedPush) => push],
    ['compressed with gzip', gzipped],
  ])('%s has the same answers and series', async (_, sent) => {
    const at = startService();
    for (const [i, push] of pushes.entries()) expect(await replay(at, sent(push))).toEqual(EXPECTED[i]);
  });
});
