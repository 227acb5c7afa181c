import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/domain/notify/message.ts';
import { alertmanagerChannel } from '../../src/notify/channels/alertmanager.ts';
import { createHttpClient } from '../../src/notify/http-client.ts';
import { aProblem, HOSTILE, NOW, problemsOf, QUIET } from './a-message.ts';
import { hasNoAlertmanager, startAlertmanager } from './alertmanager-process.ts';
import { startReceiver } from './receiver.ts';

const never = new AbortController().signal;

function channelTo(url: string, { clock = Date.now, authorization = undefined as string | undefined } = {}) {
  const client = createHttpClient({ clock });
  const deps = { client, publicUrl: 'https://status.example', clock, ...QUIET };
  return alertmanagerChannel({ name: 'am', url, authorization }, deps);
}

const fire = (url: string, firing: readonly Problem[], clock?: () => number) =>
  channelTo(url, clock === undefined ? {} : { clock }).tell({ firing, resolved: [] }, never);

test('an alert has its identity in labels, and everything else in annotations', async () => {
  const { url, received } = await startReceiver();
  const channel = channelTo(`${url}/am`, { clock: () => NOW, authorization: 'Bearer t' });
  const problem = aProblem({ labels: { env: 'prod' }, commit: 'abc1234', runUrl: 'https://ci.example/1' });
  const resolution = { at: NOW - 1000, commit: undefined, by: undefined } as const;
  const resolved = [aProblem({ incident: undefined, condition: 'stale', state: 'SYNCED', resolution })];
  await channel.tell({ firing: [problem], resolved }, never);
  expect(received).toMatchObject([
    {
      path: '/am/api/v2/alerts',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t' },
    },
  ]);
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject([
    {
      labels: {
        alertname: 'GitopsDrift',
        kind: 'drift',
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        incident: '7',
        env: 'prod',
      },
      annotations: {
        summary: 'rsyslog on rsyslog-lab is out of sync',
        description: expect.stringContaining(
          'Differs: 2 files: rsyslog.conf, rsyslog.d/30-lab.conf\nSince: ',
        ),
        state: 'OUT_OF_SYNC',
        cause: 'host_changed',
        next: 'the person who changed the host: revert the change there, or commit it',
        commit: 'abc1234',
        run_url: 'https://ci.example/1',
      },
      startsAt: '2026-04-21T10:32:15.000Z',
      endsAt: '2026-04-21T13:48:15.000Z',
      generatorURL: 'https://status.example/target?repo=rsyslog&server=rsyslog-lab',
    },
    {
      labels: { alertname: 'GitopsStale', kind: 'stale', repo: 'rsyslog', server: 'rsyslog-lab' },
      annotations: { summary: 'rsyslog on rsyslog-lab is no longer stale' },
      startsAt: '2026-04-21T10:32:15.000Z',
      endsAt: '2026-04-21T13:44:14.000Z',
    },
  ]);
});

test('a label of the target never replaces one of ours, and none is lost', async () => {
  const { url, received } = await startReceiver();
  const labels = {
    repo: 'a',
    server: 'b',
    alertname: 'c',
    incident: 'd',
    kind: 'e',
    label_repo: 'f',
    label_label_repo: 'g',
  };
  await fire(url, [aProblem({ labels })]);
  expect(JSON.parse(received[0]?.body ?? '')[0].labels).toEqual({
    alertname: 'GitopsDrift',
    kind: 'drift',
    repo: 'rsyslog',
    server: 'rsyslog-lab',
    incident: '7',
    label_label_label_repo: 'a',
    label_server: 'b',
    label_alertname: 'c',
    label_incident: 'd',
    label_kind: 'e',
    label_repo: 'f',
    label_label_repo: 'g',
  });
});

test('an alert never ends before it starts, whatever the clocks say', async () => {
  const { url, received } = await startReceiver();
  const ahead = aProblem({
    since: NOW + 60_000,
    resolution: { at: NOW - 60_000, commit: undefined, by: undefined },
  });
  await channelTo(url, { clock: () => NOW }).tell({ firing: [], resolved: [ahead] }, never);
  const [alert] = JSON.parse(received[0]?.body ?? '');
  expect(Date.parse(alert.endsAt)).toBeGreaterThanOrEqual(Date.parse(alert.startsAt));
  expect(Date.parse(alert.startsAt)).toBe(NOW);
});

test('many alerts go in several requests, and no alerts in none', async () => {
  const { url, received } = await startReceiver();
  await fire(url, problemsOf(450));
  expect(received.map(({ body }) => JSON.parse(body).length)).toEqual([200, 200, 50]);
  await fire(url, []);
  expect(received).toHaveLength(3);
});

test('a refused batch is reported, and does not hold back the others', async () => {
  let answered = 0;
  const { url, received } = await startReceiver({ answer: () => ({ status: answered++ === 0 ? 400 : 200 }) });
  await expect(fire(url, problemsOf(450))).rejects.toThrow('the receiver answered 400 Bad Request');
  expect(received).toHaveLength(3);
});

test('long annotations are cut: Alertmanager repeats them', async () => {
  const { url, received } = await startReceiver();
  const huge = 'x'.repeat(100_000);
  await fire(url, [aProblem({ error: huge, next: huge, commit: huge, runUrl: huge, files: [huge] })]);
  const [{ annotations }] = JSON.parse(received[0]?.body ?? '');
  for (const text of Object.values(annotations)) expect(String(text).length).toBeLessThanOrEqual(2000);
});

describe.skipIf(hasNoAlertmanager())('a real Alertmanager', () => {
  test('has one alert per target and incident, however often it is told, and ends it when it is resolved', async () => {
    const { url: webhook, received } = await startReceiver();
    const { url, alerts } = await startAlertmanager({ webhook });
    const since = Date.now() - 3_600_000;
    const problems = problemsOf(3, { since, labels: { env: 'prod' } });
    for (let i = 0; i < 3; i++) await fire(url, problems);
    const before = Date.now();
    const firing = await alerts();
    expect(firing.map(({ labels }) => labels)).toMatchObject(
      ['log-1', 'log-2', 'log-3'].map((server) => ({ server, env: 'prod', incident: '7' })),
    );
    for (const { startsAt, endsAt } of firing) {
      expect(Date.parse(startsAt)).toBe(since);
      // An alert that is told every minute outlives three missed minutes.
      expect(Date.parse(endsAt)).toBeGreaterThan(before + 3 * 60_000);
    }
    const told = () => received.map(({ body }) => JSON.parse(body));
    await expect.poll(() => told().at(-1)?.status, { timeout: 30_000 }).toBe('firing');
    const [still, ...others] = problems;
    if (still === undefined) throw new Error('there are three');
    const resolution = { at: Date.now(), commit: undefined, by: undefined } as const;
    const resolved = others.map((one) => ({ ...one, state: 'SYNCED' as const, resolution, next: undefined }));
    await channelTo(url).tell({ firing: [still], resolved }, never);
    await expect.poll(async () => (await alerts()).map(({ labels }) => labels.server)).toEqual(['log-1']);
    const ends = () =>
      told().flatMap(({ alerts: all }) => all.filter((one: { status: string }) => one.status === 'resolved'));
    await expect.poll(() => ends().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  }, 120_000);

  test('that was killed and forgot everything has it again when it is told again', async () => {
    const since = Date.now() - 3_600_000;
    const problems = problemsOf(2, { since });
    const before = await startAlertmanager();
    await fire(before.url, problems);
    await before.kill();
    const after = await startAlertmanager({ folder: before.folder });
    expect(await after.alerts()).toEqual([]);
    await fire(after.url, problems);
    expect((await after.alerts()).map(({ startsAt }) => Date.parse(startsAt))).toEqual([since, since]);
  }, 60_000);

  test('accepts any text by others: no alert spoils the batch', async () => {
    const { url, alerts } = await startAlertmanager();
    const hostile = HOSTILE.map((text, i) =>
      aProblem({
        target: { repo: 'rsyslog', server: `log-${String(i).padStart(2, '0')}` },
        labels: { owner: text, alertname: text },
        files: [text],
        error: text,
        next: text,
        commit: text,
        runUrl: text,
        since: Date.now() + (i % 2 === 0 ? 60_000 : -60_000),
      }),
    );
    await fire(url, hostile);
    const all = await alerts();
    // Labels stay unchanged for routes and silences, except for what would be a mention.
    const inert = HOSTILE.map((text) => text.replaceAll('<', '‹').replaceAll('>', '›'));
    expect(all.map(({ labels }) => labels.owner)).toEqual(inert);
    expect(new Set(all.map(({ labels }) => labels.alertname))).toEqual(new Set(['GitopsDrift']));
    for (const { annotations } of all) {
      for (const text of Object.values(annotations)) expect(text).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      const { run_url: _, description = '', ...texts } = annotations;
      const own = description.replace(/^Run: .*$/m, '');
      for (const text of [...Object.values(texts), own]) expect(text).not.toMatch(/[<>]|:\/\//);
      const { summary, next, commit } = annotations;
      expect([summary, next, commit].join('')).not.toContain('\n');
      expect(annotations.description?.match(/^Next: /gm)).toHaveLength(1);
    }
  }, 60_000);
});
