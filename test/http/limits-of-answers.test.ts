import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpDeps } from '../../src/http/deps.ts';
import { boundedRows, firstRows, rowsOf, rowsToJson } from '../../src/http/rows-json.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

const TARGETS = 20;
const HOURS = 6;

describe('limit=1 over a fleet', () => {
  let at: TestService;
  let app: ReturnType<TestService['appWith']>;
  /** What the reader returned in rows with files. */
  let given: number;
  beforeEach(async () => {
    at = startService();
    for (let hour = 0; hour < HOURS; hour++) {
      at.now = NOON + hour * HOUR;
      const fields = (i: number) => ({
        server: `s${String(i).padStart(2, '0')}`,
        last_check: iso(at.now),
        commit: 'c0ffee1',
      });
      const body = (i: number) => (hour % 2 === 0 ? aBody(fields(i)) : aDrift([`${i}-${hour}`], fields(i)));
      await at.post(Array.from({ length: TARGETS }, (_, i) => body(i)));
    }
    at.now += MINUTE;
    given = 0;
    app = at.appWith({ store: counting(at.service.store) });
  });

  function counting(store: HttpDeps['store']): HttpDeps['store'] {
    const count = <T>(rows: readonly T[], of: (row: T) => number = () => 1) => {
      given += rows.reduce((sum, row) => sum + of(row), 0);
      return rows;
    };
    return {
      ...store,
      statuses: async (...asked) => count(await store.statuses(...asked)),
      segments: async (...asked) => count(await store.segments(...asked)),
      incidents: async (...asked) => count(await store.incidents(...asked)),
      periods: async (...asked) => count(await store.periods(...asked), ({ periods }) => periods.length),
      async reports(...asked) {
        const page = await store.reports(...asked);
        count(page.reports);
        return page;
      },
    };
  }

  test.each([
    ['/status.json', 1],
    ['/api/v1/status', 1],
    [`/api/v1/status?at=${NOON + 3 * HOUR}`, 1],
    ['/api/v1/status?state=OUT_OF_SYNC', 1],
    ['/api/v1/timeline', 1],
    ['/api/v1/timeline?state=STALE', 1],
    ['/api/v1/incidents', 1],
    ['/api/v1/incidents?state=OUT_OF_SYNC', 1],
    ['/api/v1/status?commit=c0ffee1', 1],
    ['/api/v1/timeline?commit=c0ffee1', 1],
    ['/api/v1/incidents?commit=c0ffee1', 1],
    ['/api/v1/reports?commit=c0ffee1', 1],
    // From periods, without findings.
    ['/api/v1/commits', 0],
    ['/api/v1/reports', 1],
    ['/api/v1/reports?state=OUT_OF_SYNC', 1],
    // The history of one target: its periods and its incidents.
    ['/api/v1/compliance', HOURS + HOURS / 2],
    ['/api/v1/compliance?state=OUT_OF_SYNC', HOURS + HOURS / 2],
    ['/grafana/status', 1],
    ['/grafana/incidents', 1],
    ['/grafana/reports', 1],
    // These need no files.
    ['/grafana/alerts', 0],
    ['/grafana/variables/repos', 0],
    ['/grafana/variables/servers', 0],
    ['/metrics', 0],
    ['/badge.svg?repo=rsyslog', 0],
  ])('reads no more than its row is made of: %s', async (path, most) => {
    for (const format of path.startsWith('/metrics') || path.startsWith('/badge') ? [''] : ['json', 'csv']) {
      given = 0;
      const limits = format === '' ? '' : `${path.includes('?') ? '&' : '?'}limit=1&format=${format}`;
      expect((await app.request(`${path}${limits}`)).status).toBe(200);
      expect(given).toBeLessThanOrEqual(most);
    }
  });

  // These sum or sample the whole range. The reader refuses if that is too much.
  test.each([
    ['/api/v1/files'],
    ['/api/v1/compliance?group_by=all'],
    ['/grafana/summary'],
    ['/grafana/state'],
    ['/grafana/series'],
    ['/grafana/annotations'],
  ])('reads the range if its row is about all of it: %s', async (path) => {
    const limit = `${path.includes('?') ? '&' : '?'}limit=1`;
    expect((await app.request(`${path}${limit}`)).status).toBe(200);
    expect(given).toBeGreaterThan(TARGETS);
  });
});

describe('the rows of an answer', () => {
  const MIB = 1024 * 1024;
  let made: number;
  beforeEach(() => {
    made = 0;
  });
  /** Many rows that share their sources. */
  const rows = (count: number, bytes: number) => {
    const shared = 'x'.repeat(bytes);
    return rowsOf(new Array<undefined>(count).fill(undefined), () => {
      made++;
      return { files: [shared] };
    });
  };

  test.each([
    ['JSON', rowsToJson],
    ['CSV', boundedRows],
  ])('are made one by one until the answer is too large: %s', (_, write) => {
    expect(() => write(rows(1_000_000, MIB))).toThrow(/larger than 64 MiB/);
    expect(made).toBe(64);
  });

  test('are not made beyond the limit', () => {
    expect([...firstRows(rows(1_000_000, 1), 3)]).toHaveLength(3);
    expect(made).toBe(3);
    expect(rowsToJson(firstRows(rows(2, 1)))).toBe('[{"files":["x"]},{"files":["x"]}]');
  });
});
