import type { Condition, Message, Problem } from '../domain/notify/message.ts';
import type { Target } from '../domain/target.ts';
import { linkTo, targetLink } from '../web/views/links.ts';
import { plural } from '../web/views/words.ts';
import { type Line, name } from './line.ts';
import { problemLines } from './problem-lines.ts';

/** A message in words. Links lead to our own pages and nowhere else. */
export interface Wording {
  /** What happened, in one sentence. */
  readonly headline: Line;
  /** The page of the target; of the repo where there are several. */
  readonly link: string;
  /** The first targets. */
  readonly items: readonly Item[];
  /** How many more there are than items. */
  readonly more: number;
}

export interface Item {
  readonly title: Line;
  readonly link: string;
  readonly lines: readonly Line[];
}

/** How many targets a message names. */
const MAX_ITEMS = 20;

/** `publicUrl`: where people reach the pages, without a slash at the end. */
export function wordingOf(message: Message, { publicUrl }: { publicUrl: string }): Wording {
  const { problems, repo, about, at } = message;
  const [first] = problems;
  const isOne = problems.length === 1 && first !== undefined && about !== 'pipeline';
  const items = problems.slice(0, MAX_ITEMS).map((problem) => ({
    title: targetWords(problem.target),
    link: publicUrl + targetLink(problem.target),
    lines: problemLines(problem, at),
  }));
  return {
    headline: headlineOf(message),
    link: publicUrl + (isOne ? targetLink(first.target) : linkTo('/', { repo })),
    items,
    more: problems.length - items.length,
  };
}

/** What happened to one target, in one sentence. */
export function problemHeadline({ target, condition, resolution, state }: Problem): Line {
  const isUnsure = condition === 'drift' && state !== 'SYNCED';
  if (resolution !== undefined && isUnsure) return [...targetWords(target), ': the incident is over'];
  return [...targetWords(target), (resolution === undefined ? OPEN : OVER)[condition][0]];
}

/** The subject of all messages of a thread: mail programs take messages with another subject for another thread. */
export function threadSubject({ repo, condition, about }: Message): Line {
  if (about === 'pipeline') return [name(repo), ': the pipeline is silent'];
  return [name(repo), `: ${about === 'flapping' ? 'a target flaps' : CONDITION_SUBJECTS[condition]}`];
}

const CONDITION_SUBJECTS: Readonly<Record<Condition, string>> = {
  drift: 'out of sync',
  unknown: 'unknown',
  stale: 'no reports',
  never_reported: 'never reported',
};

const PHASE_WORDS: Readonly<Record<Message['phase'], string>> = {
  opened: '',
  updated: 'Update: ',
  repeated: 'Still open: ',
  resolved: 'Resolved: ',
};

function headlineOf(message: Message): Line {
  const { phase, problems, stillOpen } = message;
  const rest = stillOpen - (phase === 'resolved' ? 0 : problems.length);
  const open = rest > 0 ? [`; ${rest} ${phase === 'resolved' ? 'still' : 'more'} open`] : [];
  return [PHASE_WORDS[phase], ...newsOf(message), ...open];
}

function newsOf(message: Message): Line {
  const { phase, about, problems, repo, condition } = message;
  const isOver = phase === 'resolved';
  if (about === 'pipeline') {
    const count = ` (${plural(problems.length, 'target')})`;
    return isOver
      ? ['the pipeline of ', name(repo), ` reports again${count}`]
      : ['the pipeline of ', name(repo), ` is silent: no target reports any more${count}`];
  }
  const subject = subjectOf(message);
  const isMany = problems.length !== 1;
  if (about === 'flapping')
    return [...subject, isOver ? (OVER.flapping[Number(isMany)] ?? '') : (FLAPS[Number(isMany)] ?? '')];
  if (isOver && condition === 'drift' && !problems.every(isInSync))
    return [...subject, isMany ? ': the incidents are over' : ': the incident is over'];
  return [...subject, (isOver ? OVER : OPEN)[condition][Number(isMany)] ?? ''];
}

/** An incident may also be over because its target was deleted: that is not "in sync". */
function isInSync({ state }: Problem): boolean {
  return state === 'SYNCED';
}

const FLAPS = [
  ' flaps: six incidents or more in seven days',
  ' flap: six incidents or more each in seven days',
] as const;

/** For one target, and for several. */
const OPEN: Readonly<Record<Condition, readonly [string, string]>> = {
  drift: [' is out of sync', ' are out of sync'],
  unknown: [' is unknown: the check could not tell', ' are unknown: the checks could not tell'],
  stale: [' is stale: no report arrived in time', ' are stale: no reports arrived in time'],
  never_reported: [' is expected and never reported', ' are expected and never reported'],
};

const OVER: Readonly<Record<Condition | 'flapping', readonly [string, string]>> = {
  drift: [' is in sync again', ' are in sync again'],
  unknown: [': unknown no longer', ': unknown no longer'],
  stale: [': stale no longer', ': stale no longer'],
  never_reported: [': it is no longer waited for', ': they are no longer waited for'],
  flapping: [' flaps no longer', ' flap no longer'],
};

function subjectOf({ problems, repo }: Message): Line {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return targetWords(first.target);
  return [name(repo), ': ', plural(problems.length, 'target')];
}

function targetWords({ repo, server }: Target): Line {
  return [name(repo), ' on ', name(server)];
}
