import type { Condition, Message, Problem } from '../domain/notify/message.ts';
import type { Target } from '../domain/target.ts';
import { linkTo, targetLink } from '../web/views/links.ts';
import { plural } from '../web/views/words.ts';
import { type Line, name } from './line.ts';
import { endedWell, problemLines } from './problem-lines.ts';

/** A message in words. It links only to our own pages. */
export interface Wording {
  /** What happened, in one sentence. */
  readonly headline: Line;
  /** The page of the target; of the repo if there are several. */
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
export function problemHeadline(problem: Problem): Line {
  const { target, condition, resolution } = problem;
  if (resolution === undefined) return [...targetWords(target), OPEN[condition][0]];
  return [...targetWords(target), endedWell(problem) ? OVER[condition][0] : JUST_OVER];
}

/**
 * The subject of all messages of a thread: for mail programs another subject is another thread. A thread about stale
 * targets may later be about their pipeline.
 */
export function threadSubject({ repo, condition, about }: Message): Line {
  return [name(repo), `: ${about === 'flapping' ? 'a target flaps' : CONDITION_SUBJECTS[condition]}`];
}

const CONDITION_SUBJECTS: Readonly<Record<Condition, string>> = {
  drift: 'out of sync',
  unknown: 'unknown',
  stale: 'no reports arrive',
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
  const isMany = Number(problems.length !== 1);
  const subject = about === 'pipeline' ? pipelineOf(repo) : subjectOf(message);
  if (isOver && !problems.every(endedWell)) return [...subject, JUST_OVER];
  if (about === 'pipeline') {
    const news = isOver ? ' reports again' : ' is silent: no target reports any more';
    return [...subject, `${news} (${plural(problems.length, 'target')})`];
  }
  const words = isOver ? OVER : OPEN;
  return [...subject, (about === 'flapping' ? words.flapping : words[condition])[isMany] ?? ''];
}

function pipelineOf(repo: string): Line {
  return ['the pipeline of ', name(repo)];
}

/** Also if its target was deleted: that is neither "in sync" nor "reports again". */
const JUST_OVER = ': this is over';

/** For one target, and for several. */
type Words = Readonly<Record<Condition | 'flapping', readonly [string, string]>>;

const OPEN: Words = {
  drift: [' is out of sync', ' are out of sync'],
  unknown: [' is unknown: the check could not tell', ' are unknown: the checks could not tell'],
  stale: [' is stale: no report arrived in time', ' are stale: no reports arrived in time'],
  never_reported: [' is expected but has never reported', ' are expected but have never reported'],
  flapping: [' flaps: six incidents or more in seven days', ' flap: six incidents or more in seven days'],
};

const OVER: Words = {
  drift: [' is in sync again', ' are in sync again'],
  unknown: [' is no longer unknown', ' are no longer unknown'],
  stale: [' is no longer stale', ' are no longer stale'],
  never_reported: [' reported for the first time', ' reported for the first time'],
  flapping: [' no longer flaps', ' no longer flap'],
};

function subjectOf({ problems, repo }: Message): Line {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return targetWords(first.target);
  return [name(repo), ': ', plural(problems.length, 'target')];
}

function targetWords({ repo, server }: Target): Line {
  return [name(repo), ' on ', name(server)];
}
