import { formatInstant } from '../../domain/instant.ts';
import type { Message, Problem } from '../../domain/notify/message.ts';
import { targetLink } from '../../web/views/links.ts';
import { plain, shortened } from '../line.ts';
import { wordingOf } from '../wording.ts';

/** Receivers of Standard Webhooks may refuse a body of 20 kB. */
const MAX_BYTES = 19_000;

/**
 * How much of a message is sent: the first form that fits. Texts are cut, and lists are cut with their number given.
 */
const SIZES = [
  { problems: 100, files: 100, characters: 1000 },
  { problems: 50, files: 20, characters: 500 },
  { problems: 20, files: 10, characters: 300 },
  { problems: 20, files: 3, characters: 100 },
  { problems: 5, files: 3, characters: 100 },
  { problems: 1, files: 1, characters: 60 },
] as const;
type Size = Omit<(typeof SIZES)[number], 'problems'>;

/** A message as a CloudEvent in JSON. The same message gives the same text. */
export function cloudEventOf(message: Message, { publicUrl }: { publicUrl: string }): string {
  const { headline, link } = wordingOf(message, { publicUrl });
  let text = '';
  for (const { problems, ...size } of SIZES) {
    text = JSON.stringify({
      specversion: '1.0',
      id: message.id,
      source: publicUrl,
      type: `gitops-status.${message.condition}.${message.phase}`,
      subject: message.repo,
      time: formatInstant(message.at),
      datacontenttype: 'application/json',
      data: {
        text: plain(headline),
        link,
        thread: message.thread,
        phase: message.phase,
        kind: message.condition,
        about: message.about,
        repo: message.repo,
        still_open: message.stillOpen,
        targets_total: message.problems.length,
        targets: message.problems.slice(0, problems).map((one) => dataOf(one, { publicUrl, size })),
      },
    });
    if (Buffer.byteLength(text) <= MAX_BYTES) break;
  }
  return text;
}

function dataOf(problem: Problem, { publicUrl, size }: { publicUrl: string; size: Size }) {
  const { target, incident, resolution, files, runUrl } = problem;
  const short = (text: string | undefined) => (text === undefined ? null : shortened(text, size.characters));
  return {
    repo: target.repo,
    server: target.server,
    link: publicUrl + targetLink(target),
    kind: problem.condition,
    state: problem.state,
    labels: Object.fromEntries(Object.entries(problem.labels).map(([key, value]) => [key, short(value)])),
    incident:
      incident === undefined
        ? null
        : { id: incident.id, opened_at: formatInstant(incident.openedAt), cause: incident.cause ?? null },
    since: formatInstant(problem.since),
    resolution:
      resolution === undefined
        ? null
        : { at: formatInstant(resolution.at), commit: short(resolution.commit), by: resolution.by ?? null },
    drift_count: problem.driftCount ?? null,
    files_total: files.length,
    files: files.slice(0, size.files).map(short),
    commit: short(problem.commit),
    // A part of an address leads nowhere.
    run_url: runUrl !== undefined && runUrl.length <= size.characters ? runUrl : null,
    error: short(problem.error),
    error_kind: short(problem.errorKind),
    next: short(problem.next),
    acknowledged_by: short(problem.acknowledgedBy),
  };
}
