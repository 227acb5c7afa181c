import { DomainError } from '../../../domain/errors.ts';
import { findingOf } from '../../../domain/finding.ts';
import { hasPassword, withoutPassword } from '../../../domain/password.ts';
import { BARE_REPORT, type PostedReport } from '../../../domain/report.ts';
import { isName, type Target } from '../../../domain/target.ts';
import { checkOf, type Labels } from './grouping-key.ts';
import { atLine, type Sample, samplesOf } from './text-format.ts';

const METRIC = 'gitops_sync_status';
/** The limit for an array of reports. */
const MAX_REPORTS = 1000;
const TOO_MANY = `A push may hold at most ${MAX_REPORTS} samples. Send less at once.`;

/**
 * The reports of a push, each checked when it arrives. Throws `invalid`, with what to do, for anything but
 * `gitops_sync_status` 0 or 1 of a repo and a server.
 */
export function pushedReports(
  body: string,
  { groupingKey, staleAfterMs }: { groupingKey: Labels; staleAfterMs: number },
): PostedReport[] {
  const group = { groupingKey, staleAfterMs, check: checkOf(groupingKey) };
  const samples: Sample[] = [];
  for (const sample of samplesOf(body)) {
    // Counted as they are read: what comes after them is not read at all.
    if (samples.length === MAX_REPORTS) throw new DomainError('invalid', TOO_MANY);
    samples.push(sample);
  }
  if (samples.length === 0) {
    throw new DomainError(
      'invalid',
      `There is no sample in the body: push ${METRIC}{repo="…",server="…"} 0 or 1.`,
    );
  }
  const reports = samples.map((sample) => toReport(sample, group));
  refuseRepetition(reports, samples);
  return reports;
}

function toReport(
  sample: Sample,
  { groupingKey, staleAfterMs, check }: { groupingKey: Labels; staleAfterMs: number; check: string },
): PostedReport {
  const finding = findingOf({ syncStatus: syncStatusOf(sample) });
  // The path wins over the body, as in Pushgateway.
  const { repo, server, ...labels } = { ...sample.labels, ...groupingKey };
  return {
    ...BARE_REPORT,
    target: targetOf({ repo, server }, sample),
    lastCheckAt: undefined,
    finding,
    staleAfterMs,
    check,
    pushed: true,
    tool: 'pushgateway',
    extra: { labels },
  };
}

function targetOf(
  labels: { repo: string | undefined; server: string | undefined },
  { line }: Sample,
): Target {
  const [repo, server] = (['repo', 'server'] as const).map((name) => {
    const value = labels[name] ?? '';
    if (value === '') {
      throw atLine(line, `has no label "${name}": give it in the sample, or in the path as /${name}/VALUE`);
    }
    if (isName(value)) return value;
    const reason = hasPassword(value)
      ? 'with a password, which no name can have'
      : `which is not a name that a ${name} can have`;
    throw atLine(line, `has ${name}="${excerpt(withoutPassword(value))}", ${reason}`);
  });
  return { repo: repo ?? '', server: server ?? '' };
}

function syncStatusOf({ name, value, line }: Sample): 'SYNCED' | 'OUT_OF_SYNC' {
  if (name !== METRIC) {
    throw atLine(
      line,
      `is ${excerpt(name)}: only ${METRIC} can be pushed here. Push it from a registry of its own, and the rest elsewhere`,
    );
  }
  if (value !== 0 && value !== 1) {
    throw atLine(
      line,
      `gives ${METRIC} another value than 1 (in sync) or 0 (drifted). ` +
        'A check that could not tell is reported as UNKNOWN to /api/v1/reports',
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
    if (seen.has(key)) throw atLine(samples[i]?.line ?? 0, `says ${METRIC} of ${key} again: once is enough`);
    seen.add(key);
  }
}
