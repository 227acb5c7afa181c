import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { delimited, PROTOBUF } from '../delimited-protobuf.ts';
import { problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const LAB = { repo: 'rsyslog', server: 'lab' };
const SYNCED = delimited([['gitops_sync_status', { labels: LAB, gauge: 1 }]]);

const push = async (body: Uint8Array, headers: Record<string, string> = {}) =>
  at.service.app.request('/metrics/job/drift', {
    method: 'POST',
    headers: { 'Content-Type': PROTOBUF, ...headers },
    body: Uint8Array.from(body),
  });

describe('a push of delimited protobuf', () => {
  test('is recorded like text with the same metrics', async () => {
    const body = delimited([
      ['go_goroutines', { gauge: 8 }],
      [
        'gitops_sync_status',
        { labels: { ...LAB, env: 'prod' }, gauge: 1 },
        { labels: { ...LAB, server: 'prod' }, gauge: 0 },
      ],
      ['gitops_expected_interval_seconds', { labels: { server: 'prod' }, gauge: 3600 }],
    ]);
    expect((await push(body)).status).toBe(200);
    expect(await at.json('/api/v1/reports?server=lab')).toMatchObject({
      rows: [{ sync_status: 'SYNCED', tool: 'pushgateway', labels: { env: 'prod', job: 'drift' } }],
    });
    expect(await at.json('/api/v1/reports?server=prod')).toMatchObject({
      rows: [{ sync_status: 'OUT_OF_SYNC', expected_interval_s: 3600 }],
    });
  });

  test('may be compressed with gzip', async () => {
    expect((await push(gzipSync(SYNCED), { 'Content-Encoding': 'gzip' })).status).toBe(200);
    expect(await at.json('/status.json')).toMatchObject([{ ...LAB, state: 'SYNCED' }]);
  });

  test.each([
    ['application/vnd.google.protobuf;encoding=delimited;proto=io.prometheus.client.MetricFamily'],
    [`${PROTOBUF}; escaping=underscores`],
    ['Application/Vnd.Google.Protobuf; Proto="io.prometheus.client.MetricFamily"; encoding="delimited"'],
  ])('may be declared as %s', async (type) => {
    expect((await push(SYNCED, { 'Content-Type': type })).status).toBe(200);
  });

  test.each([
    ['application/vnd.google.protobuf'],
    ['application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text'],
    ['application/vnd.google.protobuf; proto=other.Message; encoding=delimited'],
    ['application/x-protobuf'],
    ['application/openmetrics-text; version=1.0.0'],
    ['application/json'],
  ])('declared as %s is a 415 that names the accepted types', async (type) => {
    const answer = await problemOf(await push(SYNCED, { 'Content-Type': type }));
    expect(answer).toMatchObject({ status: 415, detail: expect.stringContaining(PROTOBUF) });
    expect(answer.detail).toContain('text/plain; version=0.0.4');
  });

  test('has the same limits as text, even if it grows by being inflated', async () => {
    at = startService({ GITOPS_STATUS_MAX_REPORT_SIZE: '64' });
    const large = delimited([
      ['gitops_sync_status', { labels: { ...LAB, note: 'x'.repeat(100) }, gauge: 1 }],
    ]);
    expect((await push(large)).status).toBe(413);
    expect((await push(gzipSync(large), { 'Content-Encoding': 'gzip' })).status).toBe(413);
  });
});

describe('a push of protobuf that cannot be recorded', () => {
  const family = (
    ...metrics: Parameters<typeof delimited>[0][number] extends readonly [string, ...infer M] ? M : never
  ) => delimited([['gitops_sync_status', ...metrics]]);

  test.each([
    ['another value', family({ labels: LAB, gauge: 0.5 }), 'UNKNOWN to /api/v1/reports'],
    ['no number', family({ labels: LAB }), 'neither 1'],
    ['no server', family({ labels: { repo: 'a' }, gauge: 1 }), 'Metric 1 has no label "server"'],
    ['a timestamp', family({ labels: LAB, gauge: 1, timestampMs: 1 }), 'leave it out', 400],
    [
      'a target twice',
      family({ labels: LAB, gauge: 1 }, { labels: LAB, gauge: 0 }),
      'Metric 2 has gitops_sync_status of rsyslog lab a second time',
      400,
    ],
  ])('because of %s says so', async (_, body, detail, status = 422) => {
    const answer = await problemOf(await push(body));
    expect(answer).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('without gitops_sync_status says so', async () => {
    const answer = await problemOf(await push(delimited([['go_goroutines', { gauge: 8 }]])));
    expect(answer).toMatchObject({
      status: 400,
      detail: expect.stringContaining('no gitops_sync_status in the body, only other metrics (1)'),
    });
  });

  const HOSTILE: readonly (readonly [what: string, body: Uint8Array])[] = [
    ['text', Buffer.from('gitops_sync_status{repo="rsyslog",server="lab"} 1\n')],
    ['a length beyond the end', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07])],
    ['a length that never ends', Buffer.alloc(1000, 0xff)],
    ['the last byte missing', SYNCED.subarray(0, -1)],
    ['a family without a name', Buffer.from([0])],
    ['a million empty families', Buffer.alloc(1_000_000)],
    ['groups in groups', Buffer.concat([Buffer.from([0xc0, 0x84, 0x3d]), Buffer.alloc(1_000_000, 0x0b)])],
    ['too many labels', labelled(1001)],
    ['a label twice', twice('repo')],
    ['a field of number 0', Buffer.from([2, 0x02, 0])],
    ['bytes that are no UTF-8', delimitedRaw(Buffer.from([0xc3, 0x28]))],
    ['U+0000 in a name', delimited([['gitops_sync_status', { labels: { ...LAB, 'a\0': 'b' }, gauge: 1 }]])],
    ['U+0000 in a value', delimited([['gitops_sync_status', { labels: { ...LAB, a: 'b\0' }, gauge: 1 }]])],
  ];
  test.each(HOSTILE)('because of %s is a 400 with a sentence', async (_, body) => {
    const answer = await problemOf(await push(body));
    expect(answer).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^Metric 1 is not readable as delimited protobuf/),
    });
    expect(answer.detail?.length).toBeLessThan(1000);
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('cut off anywhere is never recorded and never crashes the server', async () => {
    for (let length = 0; length < SYNCED.length; length++) {
      expect((await push(SYNCED.subarray(0, length))).status).toBe(400);
    }
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('with any one byte changed is recorded or answered with a problem', async () => {
    for (let i = 0; i < SYNCED.length; i++) {
      const changed = Buffer.from(SYNCED);
      changed[i] = (changed[i] ?? 0) ^ 0x81;
      expect((await push(changed)).status).toBeLessThan(500);
    }
  });
});

/** A family whose metric has this many labels. */
function labelled(labels: number): Buffer {
  const many = Object.fromEntries(Array.from({ length: labels }, (_, i) => [`l${i}`, '']));
  return delimited([['gitops_sync_status', { labels: many, gauge: 1 }]]);
}

/** A family whose metric has a label twice. */
function twice(name: string): Buffer {
  const body = delimited([['gitops_sync_status', { labels: { aaaa: 'a', bbbb: 'b' }, gauge: 1 }]]);
  return Buffer.from(body.toString('latin1').replace('aaaa', name).replace('bbbb', name), 'latin1');
}

/** A family whose name has these bytes. */
function delimitedRaw(name: Buffer): Buffer {
  return Buffer.concat([Buffer.from([name.length + 2, 0x0a, name.length]), name]);
}
