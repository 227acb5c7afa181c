import fc from 'fast-check';
import type { Thread } from '../../src/domain/notify/notification.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, MINUTE, NOON } from '../fixtures.ts';
import { aNotification } from '../notification.ts';
import { type Arrival, arrivals, arrivedAt } from './arrivals.ts';
import { ALL_TIME } from './harness.ts';

/** Something that is done beside reporting, in some minute. */
interface Step {
  readonly minute: number;
  readonly kind: (typeof KINDS)[number];
  readonly server: string;
}

const KINDS = [
  'declare',
  'delete',
  'purge',
  'rename',
  'mute',
  'mute until in sync',
  'end mute',
  'acknowledge',
  'add token',
  'revoke token',
  'tell a channel',
  'push',
  'delete pushes',
  'time',
  'prune',
] as const;

export interface Story {
  readonly arrivals: readonly Arrival[];
  readonly steps: readonly Step[];
}

const aStoryOf = (kinds: readonly Step['kind'][]): fc.Arbitrary<Story> => {
  const step = fc.record({
    minute: fc.integer({ min: 0, max: 50 }),
    kind: fc.constantFrom(...kinds),
    server: fc.constantFrom('lab', 'prod', 'expected'),
  });
  return fc.record({ arrivals, steps: fc.array(step, { maxLength: 20, size: 'max' }) });
};

/** What happens on an hour of a day. */
export const aStory = aStoryOf(KINDS);

/** The same without retention, of which each database removes as much as suits it. */
export const aStoryOnBoth = aStoryOf(KINDS.filter((kind) => kind !== 'prune'));

interface Told {
  readonly store: Store;
  setNow(now: number): void;
}

/** Lets everything happen in the order of time, that many days after the fixtures' day. */
export async function tell({ store, setNow }: Told, story: Story, day = 0): Promise<void> {
  const shift = day * DAY;
  const inTime = [
    ...story.arrivals.map((arrival) => ({
      at: arrivedAt([arrival]),
      take: () => report(store, arrival, shift),
    })),
    ...story.steps.map((step) => {
      const at = NOON + step.minute * MINUTE;
      return { at, take: () => take(store, step, at + shift) };
    }),
  ].sort((a, b) => a.at - b.at);
  for (const { at, take: doIt } of inTime) {
    setNow(at + shift);
    await doIt();
  }
}

async function report(store: Store, { reports }: Arrival, shift: number): Promise<void> {
  const shifted = reports.map(({ lastCheckAt = NOON, ...one }) => ({
    ...one,
    lastCheckAt: lastCheckAt + shift,
  }));
  await store.record([aSubmission(shifted)]);
}

export const by = { actor: { name: 'alice', verified: true } };
const GROUP = { job: 'drift' };

async function take(store: Store, { kind, server }: Step, at: number): Promise<void> {
  const target = { repo: 'rsyslog', server };
  const terms = {
    reason: server,
    startsAt: at,
    endsAt: at + 20 * MINUTE,
    untilInSync: kind === 'mute until in sync',
  };
  const [incident] = await store.incidents({}, ALL_TIME, { limit: 1 });
  const [mute] = await store.mutesAt(at);
  const takes: Readonly<Record<Step['kind'], () => Promise<unknown>>> = {
    declare: () => store.declareTargets([target], by),
    delete: () => store.deleteTarget(target, { purge: false, ...by }),
    purge: () => store.deleteTarget(target, { purge: true, ...by }),
    rename: () => store.renameTarget({ from: target, to: { ...target, server: `${server}-${at}` } }, by),
    mute: () => store.addMute({ matchers: { server: [server] }, ...terms }, by),
    'mute until in sync': () => store.addMute({ matchers: { repo: ['rsyslog'] }, ...terms }, by),
    'end mute': async () => mute && store.endMute(mute.id, by),
    acknowledge: async () => incident && store.acknowledge(incident.id, server, by),
    'add token': () => addToken(store, server, at),
    'revoke token': () => store.tokens.revoke(server, at),
    'tell a channel': () => tellChannel(store, server, at),
    push: () => store.record([aSubmission([aPush(server)])]),
    'delete pushes': () => store.deletePushes(GROUP, () => undefined),
    time: () => store.recordTimeChanges(100),
    prune: () => prune(store, at - 20 * MINUTE),
  };
  await takes[kind]();
}

function aPush(server: string) {
  return aReport({
    server,
    pushed: true,
    lastCheckAt: undefined,
    pushGroup: GROUP,
    extra: { labels: GROUP },
  });
}

async function addToken(store: Store, name: string, at: number): Promise<void> {
  const tokens = await store.tokens.list();
  if (tokens.some((token) => token.name === name && token.revokedAt === undefined)) return;
  const sha256 = `${at}${tokens.length}`.padStart(64, 'a');
  await store.tokens.add({
    name,
    sha256,
    scopes: ['report'],
    repos: ['*'],
    createdAt: at,
    expiresAt: undefined,
  });
  await store.tokens.markUsed(sha256, at);
}

export const CHANNELS = ['lab', 'prod', 'expected'];

async function tellChannel(store: Store, channel: string, at: number): Promise<void> {
  const cursor = (await store.eventBounds()).last;
  const thread: Thread = {
    id: `${channel}-${at}`,
    key: `${at}`,
    repo: 'rsyslog',
    condition: 'drift',
    about: 'group',
    actAt: at + MINUTE,
    toldAt: at,
    resolvedAt: undefined,
    closedAt: undefined,
    outgoing: { id: `message-${at}`, phase: 'opened', at, stillOpen: 1, attempts: 1, tryAt: at + MINUTE },
  };
  const waiting = aNotification({ incidentId: 1, since: at, recordedAt: at, dueAt: at + MINUTE });
  const told = { ...waiting, thread: thread.id, toldAt: at, messageId: `message-${at}`, hasNews: true };
  await store.writeNotifications(channel, { cursor, write: [waiting, told], threads: [thread] });
}

/** One that waits. */
async function prune(store: Store, before: number): Promise<void> {
  const horizons = {
    reportsBefore: before,
    historyBefore: before - 10 * MINUTE,
    eventsBefore: before,
    actionsBefore: before,
  };
  for await (const _ of store.prune(horizons, 1000));
}
