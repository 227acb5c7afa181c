import { findingOf } from '../domain/finding.ts';
import { BARE_REPORT, type PostedReport, staleAfter } from '../domain/report.ts';
import type { Target } from '../domain/target.ts';
import { REPOS } from './catalogue.ts';
import { inOrder } from './in-order.ts';
import { Random } from './random.ts';
import {
  type CheckOutcome,
  outcomeAt,
  planCommits,
  planTarget,
  type Role,
  type TargetPlan,
} from './target-plan.ts';

/** The fleet to simulate and the time to cover. Instants are epoch milliseconds. */
export interface FleetOptions {
  readonly targets: number;
  /** How many days of history there are before `now`. */
  readonly days: number;
  /** The same seed and the same `now` make the same fleet. */
  readonly seed: number;
  readonly now: number;
  /** When the simulation ends; it may be after `now`. */
  readonly until: number;
}

const DAY_MS = 86_400_000;

/**
 * The roles of some of every twenty targets; the others are ordinary. They are spread out, so that small fleets have
 * some too.
 */
const ROLES: Readonly<Record<number, Role>> = {
  1: 'edited',
  4: 'flapping',
  7: 'silent',
  10: 'neglected',
  13: 'lagging',
  16: 'failing',
};

/**
 * How often every fourth target of a fleet is checked, and how often the others. Large fleets are checked less often.
 */
const INTERVALS_S = { often: 120, usually: 600 };
const LARGE_INTERVALS_S = { often: 1800, usually: 3600 };
const LARGE = 200;

/** How many days of history there are by default: fewer for larger fleets, so that none takes minutes. */
export function usualDays(targets: number): number {
  if (targets <= 20) return 30;
  const { often, usually } = targets > LARGE ? LARGE_INTERVALS_S : INTERVALS_S;
  const reportsPerDay = targets * (0.25 * (86_400 / often) + 0.75 * (86_400 / usually));
  return Math.min(30, Math.max(2, Math.round(120_000 / reportsPerDay)));
}

/** The plan of every target. */
export function planFleet({ targets, days, seed, now, until }: FleetOptions): TargetPlan[] {
  const random = new Random(seed);
  const { often, usually } = targets > LARGE ? LARGE_INTERVALS_S : INTERVALS_S;
  const span = { from: now - days * DAY_MS, to: until };
  const repos = REPOS.map((repo) => ({ repo, commits: planCommits(repo, span, random.fork()) }));
  return Array.from({ length: targets }, (_, i) => {
    const { repo, commits } = repos[i % repos.length] ?? { repo: REPOS[0], commits: [] };
    const role = ROLES[i % 20] ?? 'ordinary';
    const target = targetAt(i);
    const intervalS = i % 4 === 0 ? often : usually;
    return planTarget({ target, role, repo, intervalS }, { commits, span, now }, random.fork());
  });
}

/** All reports of a fleet in the order of their checks, as CI would have posted them. */
export function* fleetReports(options: FleetOptions): Generator<SimulatedReport, void> {
  const random = new Random(options.seed).fork();
  const from = options.now - options.days * DAY_MS;
  const streams = planFleet(options).map((plan) =>
    targetReports(plan, { from, to: options.until }, random.fork()),
  );
  yield* inOrder(streams, ({ checkedAt }) => checkedAt);
}

/** The next server of the fleet: it is expected, but its check never ran. */
export function expectedTarget({ targets }: Pick<FleetOptions, 'targets'>): Target {
  return targetAt(targets);
}

function targetAt(i: number): Target {
  const { name } = REPOS[i % REPOS.length] ?? REPOS[0];
  return { repo: name, server: serverName(name, Math.floor(i / REPOS.length)) };
}

function serverName(repo: string, index: number): string {
  return index === 0 ? `${repo}-lab` : `${repo}-prod-${String(index).padStart(2, '0')}`;
}

function* targetReports(
  plan: TargetPlan,
  { from, to }: { from: number; to: number },
  random: Random,
): Generator<SimulatedReport, void> {
  const intervalMs = plan.intervalS * 1000;
  const phaseMs = random.between(0, intervalMs);
  for (let run = 1; ; run++) {
    const dueAt = from + phaseMs + (run - 1) * intervalMs;
    const checkedAt = Math.round(dueAt + random.between(0, intervalMs / 10));
    if (checkedAt >= to) return;
    const draw = { durationMs: random.whole(2800, 9500), lagMs: random.whole(150, 2500) };
    const outcome = outcomeAt(plan, checkedAt);
    if (outcome.kind !== 'silent') yield reportOf(plan, { run, checkedAt, outcome, ...draw });
  }
}

interface Check {
  readonly run: number;
  readonly checkedAt: number;
  readonly outcome: Exclude<CheckOutcome, { kind: 'silent' }>;
  readonly durationMs: number;
  readonly lagMs: number;
}

/** A report of the simulated fleet, with the instants of its check and its arrival. */
export interface SimulatedReport extends PostedReport {
  readonly checkedAt: number;
  readonly receivedAt: number;
}

function reportOf({ target, intervalS }: TargetPlan, check: Check): SimulatedReport {
  const { run, checkedAt, outcome, durationMs, lagMs } = check;
  return {
    ...BARE_REPORT,
    target,
    lastCheckAt: checkedAt,
    checkedAt,
    receivedAt: checkedAt + lagMs,
    ...resultOf(outcome),
    staleAfterMs: staleAfter({ expectedIntervalS: intervalS }, 0),
    expectedIntervalS: intervalS,
    commit: outcome.commit,
    branch: 'main',
    tool: 'ansible',
    runUrl: `https://ci.example/${target.repo}/${target.server}/runs/${run}`,
    durationMs,
  };
}

function resultOf(outcome: Check['outcome']): Pick<PostedReport, 'finding' | 'error' | 'errorKind'> {
  if (outcome.kind === 'failed') {
    const { error, errorKind } = outcome.failure;
    return { finding: findingOf({ syncStatus: 'UNKNOWN' }), error, errorKind };
  }
  const files = outcome.files.map((name) => ({ name, change: 'content' }));
  const syncStatus = files.length === 0 ? 'SYNCED' : 'OUT_OF_SYNC';
  return { finding: findingOf({ syncStatus, files }), error: undefined, errorKind: undefined };
}
