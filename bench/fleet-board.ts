import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Service } from '../src/compose.ts';
import { thinHistory } from './eventful-history.ts';
import { type Finding, inTurns, type Measure } from './measure.ts';
import { END } from './reports.ts';
import { fillFile, openScratchService } from './scratch.ts';
import { toMs } from './units.ts';

const ROUNDS = 5;
const DAY_MS = 86_400_000;
const DAYS = 30;
const PANEL_PX = 1600;
const MAX_BODY_BYTES = 300_000;
const MAX_BOARD_BYTES = 1_000_000;

/**
 * The former requests of the dashboard: every panel read the history of the whole fleet, with every key of every row.
 */
const BEFORE = [
  '/grafana/variables/repos?',
  '/grafana/variables/servers?repo=*',
  ...new Array(3).fill('/grafana/summary?{range}'),
  '/grafana/state?shape=buckets&{range}&{bucket}',
  '/grafana/series?by=state&{range}&{bucket}',
  '/grafana/compliance?group_by=repo&{range}',
  '/grafana/status?repo=*',
  '/grafana/files?{range}&limit=50',
  '/grafana/incidents?{range}&limit=500',
  '/grafana/annotations?{range}',
];

const query = z.object({
  url: z.string(),
  url_options: z.object({ params: z.array(z.object({ key: z.string(), value: z.string() })) }),
});
const board = z.object({
  panels: z.array(z.object({ targets: z.tuple([query]) })),
  annotations: z.object({ list: z.array(z.object({ target: query, enable: z.boolean() })) }),
  templating: z.object({ list: z.array(z.looseObject({ query: z.unknown() })) }),
});

/** What does the dashboard of 1,000 targets over 30 days cost the server, and how much is sent? */
export const fleetBoard: Measure = async ({ folder, quick, note }) => {
  const targets = quick ? 100 : 1000;
  const path = join(folder, 'fleet.db');
  const { count, seconds } = await fillFile(path, thinHistory(targets));
  note(`${count} reports of ${targets} targets in ${seconds.toFixed(1)} s`);
  const now = END;
  const service = openScratchService(path, () => now);
  const shipped = shippedQueries();
  const bodies: number[] = [];
  const { a, b, ratio } = await inTurns(
    ROUNDS,
    async (round) => {
      // Each has another range, so that nothing is remembered from the question before.
      for (const [i, asked] of BEFORE.entries()) await ask(service, filled(asked, now - 1 - round * 100 - i));
    },
    async (round) => {
      bodies.length = 0;
      for (const asked of shipped) bodies.push(await ask(service, filled(asked, now - round * 100)));
    },
  );
  await service.close();
  const what = `the board of ${targets} targets over ${DAYS} days`;
  return [
    {
      what: `${what}, as asked before or now`,
      before: toMs(a),
      after: toMs(b),
      result: ratio,
      goal: { max: 0.15 },
    },
    sizes(`${what}: the largest body`, Math.max(...bodies), MAX_BODY_BYTES),
    sizes(
      `${what}: all bodies`,
      bodies.reduce((sum, size) => sum + size, 0),
      MAX_BOARD_BYTES,
    ),
  ];
};

function sizes(what: string, bytes: number, max: number): Finding {
  return { what, before: '', after: `${Math.round(bytes / 1000)} kB`, result: bytes, goal: { max } };
}

function filled(text: string, to: number): string {
  const span = DAYS * DAY_MS;
  return text
    .replace('{range}', `from=${to - span}&to=${to}`)
    .replace('{bucket}', `interval_ms=${span / 300}`)
    .replace('{from}', String(to - span))
    .replace('{to}', String(to));
}

/** The requests of Grafana: panels, visible annotations, and variables. */
function shippedQueries(): string[] {
  const file = new URL('../grafana/dashboards/gitops-drift.json', import.meta.url);
  const { panels, annotations, templating } = board.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ofVariables = templating.list.flatMap(({ query: asked }) => {
    const { success, data } = z.object({ infinityQuery: query }).safeParse(asked);
    return success ? [data.infinityQuery] : [];
  });
  const marks = annotations.list.filter(({ enable }) => enable).map(({ target }) => target);
  return [...ofVariables, ...panels.map(({ targets: [target] }) => target), ...marks].map(
    ({ url, url_options: { params } }) =>
      // No label is picked: then Grafana leaves the list of labels out of the URL.
      `${url.split('?')[0]}?${params.map(({ key, value }) => `${key}=${macrosIn(value)}`).join('&')}`,
  );
}

function macrosIn(value: string): string {
  const values: Readonly<Record<string, string>> = {
    '${__timeFrom}': '{from}',
    '${__timeTo}': '{to}',
    '${__interval_ms}': String(Math.ceil((DAYS * DAY_MS) / PANEL_PX)),
  };
  return value.startsWith('$') ? (values[value] ?? '*') : value;
}

async function ask({ app }: Service, path: string): Promise<number> {
  const response = await app.request(path);
  if (response.status !== 200)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.arrayBuffer()).byteLength;
}
