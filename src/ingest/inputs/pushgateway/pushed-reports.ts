import { DomainError } from '../../../domain/errors.ts';
import { findingOf } from '../../../domain/finding.ts';
import { hasPassword, withoutPassword } from '../../../domain/password.ts';
import { BARE_REPORT, type PostedReport, staleAfter } from '../../../domain/report.ts';
import { isName, type Target } from '../../../domain/target.ts';
import { checkOf, type Labels } from './grouping-key.ts';
import { INTERVAL_METRIC, intervalsIn } from './interval.ts';
import { protobufSamplesOf } from './protobuf-format.ts';
import { refusedSample, type Sample, unreadable } from './sample.ts';
import { samplesOf } from './text-format.ts';

const METRIC = 'gitops_sync_status';
/** The limit for an array of reports. */
const MAX_REPORTS = 1000;
const TOO_MANY = `A push may have at most ${MAX_REPORTS} samples of a metric. Send less at once.`;

/** A body, in one of the formats that clients of Pushgateway send. */
export type PushedBody =
  | { readonly format: 'text'; readonly text: string }
  | { readonly format: 'protobuf'; readonly bytes: Buffer };

export interface PushRules {
  readonly groupingKey: Labels;
  /** For reports that do not say when the next one is due. */
  readonly staleAfterMs: number;
  /** For pushes that do not state their interval. */
  readonly pushIntervalS?: number | undefined;
}

export interface Push {
  readonly reports: readonly PostedReport[];
  /** How many samples belonged to other metrics. */
  readonly ignored: number;
}

/**
 * The reports of a push, each checked when it arrives; other metrics are only counted. Throws `malformed` if a
 * Pushgateway would refuse it too, or the body has no `gitops_sync_status`. Throws `invalid`, with what to do, if that
 * is not 0 or 1 for a repo and a server.
 */
export function pushedReports(body: PushedBody, rules: PushRules): Push {
  const { statuses, intervals, ignored } = sortOut(body);
  if (statuses.length === 0) {
    throw new DomainError(
      'malformed',
      `There is no ${METRIC} in the body${ignored === 0 ? '' : `, only other metrics (${ignored})`}: ` +
        `push ${METRIC}{repo="…",server="…"} 0 or 1.`,
    );
  }
  const { groupingKey, staleAfterMs, pushIntervalS } = rules;
  const check = checkOf(groupingKey);
  const stated = intervalsIn(intervals, groupingKey);
  const reports = statuses.map((sample) => {
    const { repo, server, ...labels } = { ...sample.labels, ...groupingKey };
    const target = targetOf({ repo, server }, sample);
    const expectedIntervalS = stated.of(target);
    return {
      ...BARE_REPORT,
      target,
      lastCheckAt: undefined,
      finding: findingOf({ syncStatus: syncStatusOf(sample) }),
      staleAfterMs: staleAfter({ expectedIntervalS: expectedIntervalS ?? pushIntervalS }, staleAfterMs),
      expectedIntervalS,
      check,
      pushed: true,
      pushGroup: groupingKey,
      tool: 'pushgateway',
      // The path wins over the body, as in Pushgateway.
      extra: { labels },
    };
  });
  refuseRepetition(reports, statuses);
  return { reports, ignored };
}

interface SortedOut {
  readonly statuses: readonly Sample[];
  readonly intervals: readonly Sample[];
  readonly ignored: number;
}

function sortOut(body: PushedBody): SortedOut {
  const taken = new Map<string, Sample[]>([
    [METRIC, []],
    [INTERVAL_METRIC, []],
  ]);
  let ignored = 0;
  for (const sample of samplesIn(body, (name) => taken.has(name))) {
    const samples = taken.get(sample.name);
    if (samples === undefined) {
      ignored++;
      continue;
    }
    // Counted as they are read: the rest is not read at all.
    if (samples.length === MAX_REPORTS) throw new DomainError('invalid', TOO_MANY);
    if (sample.hasTimestamp)
      throw unreadable(sample.place, 'has a timestamp: leave it out, because a push counts from its arrival');
    samples.push(sample);
  }
  return { statuses: taken.get(METRIC) ?? [], intervals: taken.get(INTERVAL_METRIC) ?? [], ignored };
}

function samplesIn(body: PushedBody, wanted: (name: string) => boolean): Iterable<Sample> {
  return body.format === 'text' ? samplesOf(body.text) : protobufSamplesOf(body.bytes, wanted);
}

function targetOf(labels: { repo: string | undefined; server: string | undefined }, sample: Sample): Target {
  const [repo, server] = (['repo', 'server'] as const).map((name) => {
    const value = labels[name] ?? '';
    if (value === '') {
      throw refusedSample(
        sample,
        `has no label "${name}": give it in the sample, or in the path as /${name}/VALUE`,
      );
    }
    if (isName(value)) return value;
    const reason = hasPassword(value)
      ? 'with a password, which a name must not have'
      : `which is not a valid name of a ${name}`;
    throw refusedSample(sample, `has ${name}="${excerpt(withoutPassword(value))}", ${reason}`);
  });
  return { repo: repo ?? '', server: server ?? '' };
}

function syncStatusOf(sample: Sample): 'SYNCED' | 'OUT_OF_SYNC' {
  const { value } = sample;
  if (value !== 0 && value !== 1) {
    throw refusedSample(
      sample,
      `has a value of ${METRIC} that is neither 1 (in sync) nor 0 (drifted). If a check could not tell, ` +
        'report UNKNOWN to /api/v1/reports',
    );
  }
  return value === 1 ? 'SYNCED' : 'OUT_OF_SYNC';
}

/** A name or value may be as long as the whole body. */
function excerpt(text: string): string {
  return text.length <= 255 ? text : `${text.slice(0, 255)}…`;
}

function refuseRepetition(reports: readonly PostedReport[], samples: readonly Sample[]): void {
  const seen = new Set<string>();
  for (const [i, { target }] of reports.entries()) {
    const key = `${target.repo} ${target.server}`;
    const sample = samples[i];
    if (seen.has(key) && sample !== undefined)
      throw unreadable(sample.place, `has ${METRIC} of ${key} a second time: send it once`);
    seen.add(key);
  }
}
