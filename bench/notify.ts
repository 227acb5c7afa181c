import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, startFleet } from './fleet.ts';
import { sendAll } from './load.ts';
import type { Finding, Measure } from './measure.ts';
import { postOf } from './posts.ts';
import { CONNECTIONS, type Racer, race } from './race.ts';
import { benchTarget } from './reports.ts';
import { toRate } from './units.ts';

const TARGETS = 1000;
const DEPTH = 5;
const CHANNELS = ['one', 'two', 'three'];
/** `benchTarget` has this many targets in each repo, which all drift with one cause. */
const CAUSES = TARGETS / 100;
const GIVE_UP_MS = 180_000;

/** How soon are people told, in how many messages, and what does it cost those who report? */
export const notify: Measure = async ({ folder, quick }) => {
  const hooks = await startHooks();
  const env = settings(folder, hooks.url);
  const telling = await startFleet(join(folder, 'telling.db'), { targets: TARGETS, depth: DEPTH, env });
  const silent = await startFleet(join(folder, 'silent.db'), { targets: TARGETS, depth: DEPTH });
  const count = quick ? 200 : 1500;
  const unchanged = await compare('POST/s', {
    silent,
    telling,
    count,
    requestsOf:
      ({ posts }) =>
      () =>
        posts.singles(count),
  });
  const changing = await compare('POST/s, of which one in ten drifts or recovers', {
    silent,
    telling,
    count,
    requestsOf: (fleet) => mixed(fleet, count),
  });
  await silent.child.stop();
  await telling.child.stop();
  // Targets that never drifted: those of the race flap.
  const fresh = await startFleet(join(folder, 'fresh.db'), { targets: TARGETS, depth: DEPTH, env });
  hooks.forget();
  const told = await tellAll(fresh, hooks);
  await fresh.child.stop();
  hooks.close();
  return [unchanged, changing, ...told];
};

async function compare(
  what: string,
  {
    silent,
    telling,
    count,
    requestsOf,
  }: { silent: Fleet; telling: Fleet; count: number; requestsOf: (fleet: Fleet) => Racer['requests'] },
): Promise<Finding> {
  const racer = (fleet: Fleet) => ({ child: fleet.child, requests: requestsOf(fleet) });
  const { a, b } = await race(racer(silent), racer(telling));
  return {
    what: `${what} over ${CONNECTIONS} connections: nobody is told, or ${CHANNELS.length} channels`,
    before: toRate(count, a.ms),
    after: toRate(count, b.ms),
    result: a.ms / b.ms,
    goal: { min: 0.95 },
  };
}

/** Reports of which every tenth opens or ends an incident. */
function mixed({ child, posts }: Fleet, count: number): () => Buffer[] {
  let round = 0;
  return () => {
    round++;
    const changes = Array.from({ length: count / 10 }, (_, i) =>
      postOf(report(i, round % 2 === 1), child.port),
    );
    return posts.singles(count - changes.length).flatMap((post, i) => {
      const change = i % 9 === 0 ? changes[i / 9] : undefined;
      return change === undefined ? [post] : [post, change];
    });
  };
}

/** All targets drift at once, each by its own report; repo and file are the cause. */
async function tellAll({ child }: Fleet, hooks: Hooks): Promise<Finding[]> {
  const drifts = Array.from({ length: TARGETS }, (_, i) => postOf(report(i, true), child.port));
  const startedAt = performance.now();
  await sendAll(child, drifts);
  await hooks.told(TARGETS * CHANNELS.length);
  const seconds = (performance.now() - startedAt) / 1000;
  await hooks.quiet(20_000);
  return [
    {
      what: `${TARGETS} simultaneous drifts, for: 0: from the first report to the last message`,
      before: '',
      after: `${seconds.toFixed(1)} s`,
      result: seconds,
      goal: { max: 60 },
    },
    {
      what: `messages of these: as many as causes at each of ${CHANNELS.length} channels, or sent`,
      before: String(CAUSES * CHANNELS.length),
      after: String(hooks.messages),
      result: hooks.messages / (CAUSES * CHANNELS.length),
      goal: { max: 1 },
    },
  ];
}

/** Later than all posts of the race about that target. */
function report(target: number, isDrifted: boolean) {
  return {
    ...benchTarget(target),
    sync_status: isDrifted ? 'OUT_OF_SYNC' : 'SYNCED',
    ...(isDrifted && { files: [{ name: 'rsyslog.conf' }] }),
    last_check: new Date().toISOString(),
  };
}

type Hooks = Awaited<ReturnType<typeof startHooks>>;

/** Receives all messages, and counts them and their targets. */
async function startHooks() {
  let told = 0;
  let messages = 0;
  let lastAt = performance.now();
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request));
    messages++;
    lastAt = performance.now();
    if (data.phase === 'opened' || data.phase === 'updated') told += data.targets_total;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wait = async (isOver: () => boolean) => {
    for (const startedAt = performance.now(); !isOver(); await sleep(50)) {
      if (performance.now() - startedAt > GIVE_UP_MS) return;
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get messages() {
      return messages;
    },
    forget() {
      told = 0;
      messages = 0;
    },
    told: (targets: number) => wait(() => told >= targets),
    quiet: (ms: number) => wait(() => performance.now() - lastAt > ms),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function settings(folder: string, url: string): Record<string, string> {
  writeFileSync(join(folder, 'key'), `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
  const channels = CHANNELS.map((name) => {
    writeFileSync(join(folder, `${name}-url`), `${url}/${name}`);
    return `  ${name}: { type: webhook, url_file: ${name}-url, secret_file: key }`;
  });
  const file = join(folder, 'notify.yaml');
  const routes = `routes:\n  - { for: 0, channels: [${CHANNELS.join(', ')}] }\n`;
  writeFileSync(file, `channels:\n${channels.join('\n')}\n${routes}`);
  return { GITOPS_STATUS_NOTIFY_FILE: file, GITOPS_STATUS_PUBLIC_URL: 'https://status.example' };
}
