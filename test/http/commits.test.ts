import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { minute } from './report-day.ts';
import { aBody, aDrift, problemOf, startService, type TestService } from './service.ts';

/** Two commits whose names begin with the same seven digits, and others. */
const A = 'aaaaaaa1111111111111111111111111111111aa';
const A2 = 'aaaaaaa2222222222222222222222222222222bb';
const B = 'bbbbbbb333333333333333333333333333333333';
const C = 'ccccccc444444444444444444444444444444444';

type Row = Readonly<Record<string, unknown>>;

let at: TestService;
beforeEach(() => {
  at = startService();
});

/** One report, checked and received at a minute. */
async function reported(minutes: number, server: string, commit: string | undefined, more: Row = {}) {
  at.now = NOON + minutes * MINUTE;
  const body = { server, last_check: minute(minutes), ...(commit === undefined ? {} : { commit }), ...more };
  const answer = await at.post('drift' in more ? aDrift(['f'], { ...body, drift: undefined }) : aBody(body));
  expect([answer.status, await answer.text()]).toEqual([201, expect.anything()]);
}

const drift = { drift: true };

/** A is on all three; B landed on 1 after 4 minutes, on 2 after 6, and 3 still differs. */
async function rollout() {
  for (const server of ['1', '2', '3']) await reported(0, server, A);
  await reported(10, '1', B, drift);
  await reported(12, '2', B.slice(0, 7), drift);
  await reported(13, '3', A);
  await reported(14, '1', B.slice(0, 12));
  await reported(16, '2', B);
  await reported(17, '3', B, drift);
}

const list = async (query = '') => (await at.json(`/api/v1/commits?${query}`)) as Row[];

describe('GET /api/v1/commits', () => {
  test('says how far each commit has come, the newest first', async () => {
    await rollout();
    expect(await list('repo=rsyslog')).toEqual([
      {
        repo: 'rsyslog',
        commit: B,
        first_seen: minute(10),
        last_seen: minute(17),
        seen: 3,
        synced: 2,
        left: 1,
        p50_s: 300,
        p95_s: 354,
        max_s: 360,
      },
      {
        repo: 'rsyslog',
        commit: A,
        first_seen: minute(0),
        last_seen: minute(13),
        seen: 3,
        synced: 3,
        left: 0,
        p50_s: 0,
        p95_s: 0,
        max_s: 0,
      },
    ]);
  });

  test('counts the targets that are asked for, and tells times from the first sight in the repo', async () => {
    await rollout();
    expect(await list('server=2')).toMatchObject([
      { commit: B, first_seen: minute(10), seen: 1, synced: 1, left: 0, max_s: 360 },
      { commit: A, seen: 1, synced: 1 },
    ]);
    expect(await list('state=OUT_OF_SYNC')).toMatchObject([
      { commit: B, seen: 1, synced: 0, left: 1, p50_s: null, p95_s: null, max_s: null },
      { commit: A, synced: 1 },
    ]);
    expect(await list('repo=nobody')).toEqual([]);
  });

  test('has the commits of a range, of which the numbers are those of the whole history', async () => {
    await rollout();
    expect(await list(`from=${minute(14)}`)).toMatchObject([
      { commit: B, first_seen: minute(10), max_s: 360 },
    ]);
    expect(await list(`to=${minute(10)}`)).toMatchObject([{ commit: A }]);
    expect(await list(`from=${minute(18)}`)).toEqual([]);
    expect(await list('limit=1')).toMatchObject([{ commit: B }]);
  });

  test('can be had as CSV', async () => {
    await rollout();
    const csv = await (await at.get('/api/v1/commits?format=csv&limit=1')).text();
    expect(csv.split('\r\n')).toEqual([
      'repo,commit,first_seen,last_seen,seen,synced,left,p50_s,p95_s,max_s',
      `rsyslog,${B},${minute(10)},${minute(17)},3,2,1,300,354,360`,
      '',
    ]);
  });

  test('keeps the commits of repos apart', async () => {
    await reported(0, '1', A);
    await reported(5, '1', A, { repo: 'other' });
    expect(await list()).toMatchObject([
      { repo: 'other', commit: A, first_seen: minute(5), seen: 1 },
      { repo: 'rsyslog', commit: A, first_seen: minute(0), seen: 1 },
    ]);
  });
});

describe('GET /api/v1/commits/{sha}', () => {
  test('says where it landed, when, and what is left', async () => {
    await rollout();
    const target = { repo: 'rsyslog' };
    expect(await at.json(`/api/v1/commits/${B.slice(0, 7).toUpperCase()}`)).toEqual({
      repo: 'rsyslog',
      commit: B,
      first_seen: minute(10),
      last_seen: minute(17),
      seen: 3,
      synced: 2,
      left: 1,
      p50_s: 300,
      p95_s: 354,
      max_s: 360,
      targets: [
        {
          ...target,
          server: '1',
          seen_at: minute(10),
          synced_at: minute(14),
          took_s: 240,
          left: false,
          state: 'SYNCED',
          commit: B.slice(0, 12),
        },
        {
          ...target,
          server: '2',
          seen_at: minute(12),
          synced_at: minute(16),
          took_s: 360,
          left: false,
          state: 'SYNCED',
          commit: B,
        },
        {
          ...target,
          server: '3',
          seen_at: minute(17),
          synced_at: null,
          took_s: null,
          left: true,
          state: 'OUT_OF_SYNC',
          commit: B,
        },
      ],
    });
    expect(await at.json(`/api/v1/commits/${B}?server=2`)).toMatchObject({ seen: 1, left: 0, max_s: 360 });
  });

  test('a target with a later commit is past it, one with an earlier one, none or no report is left', async () => {
    await reported(0, 'early', A);
    await reported(1, 'late', A);
    await reported(2, 'landed', B);
    await reported(3, 'late', C, drift);
    await reported(4, 'silent', undefined);
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=never', { method: 'PUT' });
    const { targets, left } = (await at.json(`/api/v1/commits/${B}`)) as { targets: Row[]; left: number };
    expect(left).toBe(3);
    expect(targets.map(({ server, left }) => [server, left])).toEqual([
      ['early', true],
      ['landed', false],
      ['never', true],
      ['silent', true],
    ]);
    // A check that could not tell its commit does not bring a target back.
    await reported(5, 'late', undefined, { sync_status: 'UNKNOWN' });
    expect(await at.json(`/api/v1/commits/${B}`)).toMatchObject({ left: 3 });
  });

  test('is of all repos that have reported it', async () => {
    await reported(0, '1', B);
    await reported(5, '2', B.slice(0, 9), { repo: 'other' });
    expect(await at.json(`/api/v1/commits/${B}`)).toMatchObject({
      repo: null,
      commit: B,
      first_seen: minute(0),
      last_seen: minute(5),
      seen: 2,
      targets: [{ repo: 'other' }, { repo: 'rsyslog' }],
    });
    expect(await at.json(`/api/v1/commits/${B}?repo=other`)).toMatchObject({
      repo: 'other',
      commit: B.slice(0, 9),
      seen: 1,
    });
  });

  test('that was reported by a part of its name is not found by fewer digits, and the answer says why', async () => {
    await reported(0, '1', A.slice(0, 10));
    expect((await at.get(`/api/v1/commits/${A.slice(0, 10)}`)).status).toBe(200);
    const answer = await at.get(`/api/v1/commits/${A.slice(0, 7)}`);
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      404,
      expect.stringContaining('only commits that were reported by their whole name'),
    ]);
  });

  test('that nobody reported is not found, whoever was deleted included', async () => {
    await reported(0, '1', A);
    for (const path of [`${B}`, `${A}?repo=other`, `${A}?server=2`]) {
      const answer = await at.get(`/api/v1/commits/${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
      expect((await problemOf(answer)).detail).toContain('names the commit');
    }
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=1', { method: 'DELETE' });
    expect((await at.get(`/api/v1/commits/${A}`)).status).toBe(404);
    expect(await list()).toEqual([]);
  });
});

const PATHS = [
  (text: string) => `/api/v1/commits/${text}`,
  ...['status', 'reports', 'timeline', 'incidents'].map(
    (one) => (text: string) => `/api/v1/${one}?commit=${text}`,
  ),
  (text: string) => `/status.json?commit=${text}`,
  (text: string) => `/grafana/reports?commit=${text}`,
];

describe.each(PATHS.map((path) => [path('…'), path] as const))('the name of a commit: %s', (_, path) => {
  beforeEach(async () => {
    await reported(0, '1', A, drift);
    await reported(1, '2', A2, drift);
    await reported(2, '3', 'v1.2', drift);
    await reported(3, '4', 'abc', drift);
    await reported(4, '5', B.slice(0, 10), drift);
    await reported(5, '6', 'aaaaaaa', { repo: 'other', ...drift });
    at.now += MINUTE;
  });

  const names = async (text: string) => {
    const answer = (await at.json(path(text))) as { rows?: Row[]; targets?: Row[] } | Row[];
    const rows = Array.isArray(answer) ? answer : (answer.rows ?? answer.targets ?? []);
    return rows.filter(({ left }) => left !== true || path('x').includes('?')).map(({ server }) => server);
  };

  test('is that of a report, or begins it, or begins with it', async () => {
    const isOne = !path('x').includes('?');
    const found = async (text: string, servers: string[]) => {
      const answer = await at.get(path(text));
      expect([text, answer.status]).toEqual([text, 200]);
      if (!isOne) expect([text, (await names(text)).sort()]).toEqual([text, servers]);
    };
    await found('v1.2', ['3']);
    await found('ABC', ['4']);
    await found(B, ['5']);
    await found(A, ['1', '6']);
    await found(A.slice(0, 8), ['1', '6']);
  });

  test.each([
    ['too short', 'aaaaaa'],
    ['of other letters', 'v1'],
    ['too long', 'a'.repeat(65)],
  ])('is refused where it is %s', async (_, text) => {
    const problem = await problemOf(await at.get(path(text)));
    expect([problem.status, problem.detail]).toEqual([
      422,
      expect.stringContaining('at least 7 hexadecimal digits'),
    ]);
  });

  test('is refused where it begins several commits of a repo, which are named, and in a report never', async () => {
    await reported(6, '7', 'aaaaaaa');
    const problem = await problemOf(await at.get(path('aaaaaaa')));
    expect(problem.status).toBe(422);
    expect(problem.detail).toContain(`${A}, ${A2}`);
  });

  test('may be one that nobody reported', async () => {
    const answer = await at.get(path(C));
    if (path('x').includes('?')) expect([answer.status, await names(C)]).toEqual([200, []]);
    else expect(answer.status).toBe(404);
  });
});

describe('commit=', () => {
  beforeEach(async () => {
    await rollout();
    at.now += MINUTE;
  });

  const servers = async (path: string) => {
    const answer = (await at.json(path)) as { rows?: Row[] } | Row[];
    return (Array.isArray(answer) ? answer : (answer.rows ?? [])).map(({ server }) => server);
  };

  test('takes several values', async () => {
    expect(await servers(`/api/v1/status?commit=${A},${B.slice(0, 8)}`)).toEqual(['1', '2', '3']);
    expect(await servers(`/api/v1/reports?commit=${A}&commit=${B}&limit=100`)).toHaveLength(9);
  });

  test('on the status is the commit of the newest report, now and then, with the limit', async () => {
    expect(await servers(`/api/v1/status?commit=${A}`)).toEqual([]);
    expect(await servers(`/api/v1/status?commit=${A}&at=${minute(13)}`)).toEqual(['3']);
    expect(await servers(`/api/v1/status?commit=${B}&limit=1&state=OUT_OF_SYNC`)).toEqual(['3']);
  });

  test('on reports walks through pages', async () => {
    const page = (await at.json(`/api/v1/reports?commit=${B}&limit=3`)) as {
      rows: Row[];
      next_cursor: string;
    };
    expect(page.rows.map(({ server }) => server)).toEqual(['3', '2', '1']);
    expect(await servers(`/api/v1/reports?commit=${B}&limit=3&cursor=${page.next_cursor}`)).toEqual([
      '2',
      '1',
    ]);
  });

  test('on the timeline is the commit of the segment', async () => {
    const rows = (await at.json(`/api/v1/timeline?commit=${A}&server=3`)) as Row[];
    expect(rows.map(({ state, from }) => [state, from])).toEqual([
      ['SYNCED', minute(0)],
      ['SYNCED', minute(13)],
    ]);
  });

  test('on incidents is the commit that it opened with, that was deployed, or that resolved it', async () => {
    expect(await servers(`/api/v1/incidents?commit=${B}`)).toEqual(['3', '2', '1']);
    expect(await servers(`/api/v1/incidents?commit=${A}`)).toEqual([]);
    await reported(19, '3', C, { after_deploy: true, ...drift });
    await reported(20, '3', A);
    for (const commit of [A, C]) {
      expect(await servers(`/api/v1/incidents?commit=${commit}&limit=1`)).toEqual(['3']);
    }
  });
});
