import { decideMessage, needsFresh } from '../domain/notify/decide-message.ts';
import { type Due, joinThreads, type Place, placeOf } from '../domain/notify/join-threads.ts';
import type { Problem } from '../domain/notify/message.ts';
import { GROUP_MS, type Thread } from '../domain/notify/notification.ts';
import type { Recipient } from '../domain/notify/reconcile.ts';
import type { Target } from '../domain/target.ts';
import type { EventLog } from '../store/event-log.ts';
import type { Term } from '../store/leases.ts';
import type { NotificationChanges, Notifications, ProblemReader } from '../store/notifications.ts';
import type { Handling } from './handling.ts';
import type { LogPages } from './log-pages.ts';
import { Reconciled } from './reconciled.ts';

/** Few enough that a request does not wait long for them. */
const WAITING = 500;
const SLICE = 200;
const THREADS = 20;

export interface PlannerDeps {
  readonly store: Notifications & ProblemReader & EventLog;
  readonly pages: LogPages;
  /** What is decided in it is stored in it, or not at all: nobody else decides meanwhile. */
  readonly term: Pick<Term, 'fence'>;
  readonly clock: () => number;
  /** A unique text of letters, digits, `_` and `-`. */
  readonly newId: () => string;
  readonly digest: (text: string) => string;
  /** Lets other work of this thread go first. */
  readonly turn: () => Promise<unknown>;
  /** The mutes and acknowledgements of these targets. It is called whenever something is due. */
  readonly handling: (targets: readonly Target[]) => Promise<Handling>;
  /** Until this instant silence is not told: reports from a time when the server was down arrive first. */
  readonly quietUntil: number;
}

/**
 * Decides what one channel is told. The log names the targets to look at, and the store has the truth. Each step is one
 * transaction, and the next pass completes an interrupted one.
 */
export class Planner {
  readonly #recipient: Recipient;
  readonly #deps: PlannerDeps;
  #hasChanged = false;

  constructor(recipient: Recipient, deps: PlannerDeps) {
    this.#recipient = recipient;
    this.#deps = deps;
  }

  /** Looks at the targets in the events after the cursor. A new channel begins at the end of the log. */
  async readLog(): Promise<void> {
    const { store, pages, turn } = this.#deps;
    const { name } = this.#recipient;
    const cursor = await store.cursor(name);
    if (cursor === undefined) {
      const { last } = await store.eventBounds();
      return this.#write({ cursor: last });
    }
    for (let page = await pages.after(cursor); page !== undefined; page = await pages.after(page.next)) {
      const { facts, recordedAt, hasDeletion, next } = page;
      const ids = hasDeletion ? await store.deletedTargets(name) : [];
      const found = await this.#reconcile({ facts, ids, recordedAt });
      await this.#write({ ...found.changes(), cursor: next });
      await turn();
    }
  }

  /** Looks at everything that is wrong or was told, even without an event. */
  async sweep(): Promise<void> {
    const { store } = this.#deps;
    const { name } = this.#recipient;
    await this.#inSlices((after) => store.troubledTargets(after, SLICE, this.#deps.clock()));
    await this.#inSlices((after) => store.targetsToldOf(name, after, SLICE));
  }

  async #inSlices(idsAfter: (after: number) => Promise<readonly number[]>): Promise<void> {
    const { turn } = this.#deps;
    for (let after = 0; ; ) {
      const ids = await idsAfter(after);
      const last = ids.at(-1);
      if (last === undefined) return;
      const found = await this.#read(ids);
      if (!found.isEmpty) await this.#write(found.changes());
      after = last;
      await turn();
    }
  }

  /** Tells what is due: an alert channel at once, others by a message of its thread. */
  async tellDue(): Promise<void> {
    const { clock, turn } = this.#deps;
    if (((await this.nextAt()) ?? Number.POSITIVE_INFINITY) > clock()) return;
    while (await this.#joinDue()) await turn();
    while (await this.#decideThreads()) await turn();
  }

  /** Whether anything was written since the last call. */
  takeChanged(): boolean {
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }

  /** The instant at which there is something to do if nothing happens before. */
  nextAt(): Promise<number | undefined> {
    return this.#deps.store.nextAt(this.#recipient.name);
  }

  /** Whether there was anything due. */
  async #joinDue(): Promise<boolean> {
    const { store, clock, handling: ask } = this.#deps;
    const { name } = this.#recipient;
    const now = clock();
    const waiting = await store.waiting(name, now + GROUP_MS, WAITING);
    if (!waiting.some(({ dueAt }) => dueAt <= now)) return false;
    const found = await this.#read(waiting.map(({ targetId }) => targetId));
    const handling = await ask(found.targets);
    const due = found.due(waiting, { by: now + GROUP_MS, handling });
    const joining = this.#joining(now, handling);
    const told =
      this.#recipient.kind === 'alerts' ? this.#alert(due, joining) : await this.#join(due, joining);
    await this.#write(found.changes(told));
    return true;
  }

  #alert(due: readonly Due[], joining: Joining): NotificationChanges {
    const { notifications } = joinThreads(
      due.map((one) => ({ ...one, place: placeOfAlert(one) })),
      { ...joining, open: new Map() },
    );
    const problems = new Map(due.map(({ notification, problem }) => [notification.id, problem]));
    const write = notifications.map((notification) =>
      notification.thread === undefined
        ? notification
        : { ...notification, thread: undefined, told: problems.get(notification.id), toldAt: joining.now },
    );
    return { write };
  }

  async #join(due: readonly Due[], joining: Joining): Promise<NotificationChanges> {
    const { store, digest } = this.#deps;
    const silent = await this.#silentRepos(due.map(({ problem }) => problem));
    const isSilent = (repo: string) => silent.has(repo);
    const placed = due.map((one) => ({ ...one, place: placeOf(one, { isSilent, digest }) }));
    const keys = [...new Set(placed.map(({ place }) => place.key))];
    const threads = await store.openThreads(this.#recipient.name, keys);
    const open = new Map(threads.map((thread) => [thread.key, thread]));
    const { notifications, newThreads, touched } = joinThreads(placed, { ...joining, open });
    return { write: notifications, threads: newThreads, touch: { threads: touched, at: joining.now } };
  }

  #joining(now: number, handling: Handling): Joining {
    const { newId, quietUntil } = this.#deps;
    const isHeld = (problem: Problem) =>
      handling.isMuted(problem) || (problem.condition === 'stale' && now < quietUntil);
    return { now, newId, isMuted: isHeld };
  }

  /** Whether there was a thread to look at. */
  async #decideThreads(): Promise<boolean> {
    const { store, clock, turn } = this.#deps;
    const threads = await store.actingThreads(this.#recipient.name, clock(), THREADS);
    for (const thread of threads) {
      await this.#decideMessage(thread);
      await turn();
    }
    return threads.length > 0;
  }

  async #decideMessage(thread: Thread): Promise<void> {
    const { store, clock, newId } = this.#deps;
    const now = clock();
    const before = await store.ofThread(thread.id);
    const wanted = before.filter((notification) => needsFresh(thread, notification, now));
    const found = await this.#readAll(wanted.map(({ targetId }) => targetId));
    const handling = await this.#deps.handling(found.targets);
    const entries = found.entries(before, handling);
    const repos = await this.#silentRepos(entries.map(({ problem }) => problem));
    const isMuted = (problem: Problem) => handling.isMuted(problem);
    const decision = decideMessage(thread, entries, {
      now,
      newId,
      isMuted,
      isSilent: (repo) => repos.has(repo),
    });
    const told = { write: decision.notifications, threads: [decision.thread] };
    await this.#write(found.changes(told, thread.id));
  }

  async #write(changes: NotificationChanges): Promise<void> {
    const { store, term } = this.#deps;
    await store.writeNotifications(this.#recipient.name, changes, term.fence);
    if ([changes.write, changes.remove, changes.threads].some((rows = []) => rows.length > 0))
      this.#hasChanged = true;
  }

  async #silentRepos(problems: readonly Problem[]): Promise<ReadonlySet<string>> {
    const silent = problems.filter(({ condition, state }) => state === 'STALE' && condition !== 'drift');
    const repos = new Set(silent.map(({ target }) => target.repo));
    const found = new Set<string>();
    for (const repo of repos) {
      if (await this.#deps.store.isSilent(repo, this.#deps.clock())) found.add(repo);
    }
    return found;
  }

  async #readAll(ids: readonly number[]): Promise<Reconciled> {
    const all = await this.#read(ids.slice(0, SLICE));
    for (let start = SLICE; start < ids.length; start += SLICE) {
      await this.#deps.turn();
      all.add(await this.#read(ids.slice(start, start + SLICE)));
    }
    return all;
  }

  async #read(ids: readonly number[]): Promise<Reconciled> {
    const facts = await this.#deps.store.targetFacts({ ids, now: this.#deps.clock() });
    return this.#reconcile({ facts, ids });
  }

  /** Compares what the channel has about these targets with what is true. Ids without facts are deleted targets. */
  async #reconcile({
    facts,
    ids,
    recordedAt,
  }: {
    facts: Awaited<ReturnType<ProblemReader['targetFacts']>>;
    ids: readonly number[];
    recordedAt?: ReadonlyMap<string, number>;
  }): Promise<Reconciled> {
    const { store, clock } = this.#deps;
    const recipient = this.#recipient;
    const all = [...new Set([...ids, ...facts.map(({ id }) => id)])];
    const stored = await store.openOf(recipient.name, all);
    const incidents = await store.incidentsById(stored.flatMap(({ incidentId }) => incidentId ?? []));
    const known = { stored, facts, incidents, now: clock(), recipient };
    return new Reconciled(all, { ...known, ...(recordedAt && { recordedAt }) });
  }
}

type Joining = Omit<Parameters<typeof joinThreads>[1], 'open'>;

/** Each alert is told alone. */
function placeOfAlert({ notification, problem }: Due): Place {
  return {
    key: String(notification.id),
    repo: problem.target.repo,
    condition: problem.condition,
    about: 'group',
  };
}
