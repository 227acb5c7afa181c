import type { AlertmanagerSettings } from '../../config/channel-settings.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Condition, Problem } from '../../domain/notify/message.ts';
import type { Labels } from '../../domain/target.ts';
import { targetLink } from '../../web/views/links.ts';
import type { AlertChannel } from '../channel.ts';
import { RefusedError } from '../http-client.ts';
import { type Line, type Said, shortened, text, withoutLink, written } from '../line.ts';
import { problemLines, runAddress } from '../problem-lines.ts';
import { problemHeadline } from '../wording.ts';
import type { ChannelDeps } from './channel-deps.ts';

/** An alert that is told every minute outlives three missed minutes; if this server stops, it ends after that. */
const AHEAD_MS = 4 * 60_000;
/** How many alerts are in one request. */
const BATCH = 200;
/** The most characters of an annotation: Alertmanager repeats all of them in what it sends. */
const MAX_ANNOTATION = 2000;

const ALERT_NAMES: Readonly<Record<Condition, string>> = {
  drift: 'GitopsDrift',
  unknown: 'GitopsUnknown',
  stale: 'GitopsStale',
  never_reported: 'GitopsNeverReported',
};

/** Tells an Alertmanager, with its API v2, what is open and what is over. */
export function alertmanagerChannel(
  { name, url, authorization }: Pick<AlertmanagerSettings, 'name' | 'url' | 'authorization'>,
  { client, publicUrl, clock }: ChannelDeps,
): AlertChannel {
  const headers = {
    'Content-Type': 'application/json',
    ...(authorization !== undefined && { Authorization: authorization }),
  };
  return {
    kind: 'alerts',
    name,
    async tell({ firing, resolved }, signal) {
      const now = clock();
      const alerts = [...firing, ...resolved].map((problem) => alertOf(problem, { publicUrl, now }));
      let refused: RefusedError | undefined;
      for (let i = 0; i < alerts.length; i += BATCH) {
        const body = JSON.stringify(alerts.slice(i, i + BATCH));
        try {
          await client.post(`${url}/api/v2/alerts`, { headers, body }, signal);
        } catch (error) {
          // A fault in one batch must not end the alerts of the others.
          if (!(error instanceof RefusedError)) throw error;
          refused = error;
        }
      }
      if (refused !== undefined) throw refused;
    },
  };
}

/**
 * One bad alert spoils the answer to a batch, so none is made: an alert starts before it ends, has all texts, and no
 * label is empty.
 */
function alertOf(problem: Problem, { publicUrl, now }: { publicUrl: string; now: number }) {
  const { target, resolution, since, state } = problem;
  const startsAt = Math.min(since, now);
  const endsAt = resolution === undefined ? now + AHEAD_MS : Math.min(resolution.at, now);
  const description = problemLines(problem, now).map(inert).join('\n');
  return {
    labels: labelsOf(problem),
    annotations: textsOf({
      summary: inert(problemHeadline(problem)),
      description,
      state,
      cause: problem.incident?.cause,
      next: shown(problem.next),
      commit: shown(problem.commit),
      run_url: problem.runUrl && runAddress(problem.runUrl),
    }),
    startsAt: formatInstant(startsAt),
    endsAt: formatInstant(Math.max(endsAt, startsAt)),
    generatorURL: publicUrl + targetLink(target),
  };
}

/** The identity of the alert: alerts with the same labels are one, so no label changes while the alert is open. */
function labelsOf({ condition, target, incident, labels }: Problem): Labels {
  const own: Labels = {
    alertname: ALERT_NAMES[condition],
    kind: condition,
    repo: target.repo,
    server: target.server,
    ...(incident !== undefined && { incident: String(incident.id) }),
  };
  const result: Record<string, string> = { ...own };
  for (const [key, value] of Object.entries(labels)) result[freeKey(key, labels)] = withoutBrackets(value);
  return result;
}

const RESERVED: ReadonlySet<string> = new Set(['alertname', 'kind', 'repo', 'server', 'incident']);

/** A label of the target with the name of one of ours becomes `label_repo`, and never replaces it. */
function freeKey(key: string, taken: Labels): string {
  if (!RESERVED.has(key)) return key;
  let free = `label_${key}`;
  while (free in taken) free = `label_${free}`;
  return free;
}

function shown(said: string | undefined): string | undefined {
  return said === undefined ? undefined : inert([text(said, MAX_ANNOTATION)]);
}

function inert(line: Line): string {
  return written(line, (said: Said) => withoutBrackets(withoutLink(said)));
}

/** Alertmanager passes texts on unchanged: in Slack `<!channel>` would be a mention, and `<https://…|…>` a link. */
function withoutBrackets(said: string): string {
  return said.replaceAll('<', '‹').replaceAll('>', '›');
}

/** The texts that exist, each cut to its limit. */
function textsOf(annotations: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const there = Object.entries(annotations).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, shortened(value, MAX_ANNOTATION)] as const],
  );
  return Object.fromEntries(there);
}
