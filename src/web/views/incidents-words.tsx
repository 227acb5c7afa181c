import { shownName } from '../../domain/shown.ts';
import { type IncidentsQuery, isFiltered } from './incidents-query.ts';
import type { IncidentsView } from './incidents-view.ts';
import { SPAN_WORDS } from './range-nav.tsx';
import { Instant } from './time.tsx';
import { causeWords, formatMinute, plural } from './words.ts';

/** The answer of the incidents page: the words around its time. */
function answerOf(view: IncidentsView): readonly [before: string, after: string] {
  const { query, targets, matching, open } = view;
  if (targets === 0) return ['No reports yet', ''];
  if (matching === 0) return [isFiltered(query) ? 'No incident matches' : 'No incident', ''];
  const match = isFiltered(query) ? ' match' : '';
  if (query.status === 'open') return [`${matching} open`, match];
  if (query.status === 'resolved') return [`${matching} resolved`, match];
  return [`${open} open, ${matching}`, match];
}

/** As headline, with the time in the reader's form. */
export function Headline({ view }: { view: IncidentsView }) {
  const [before, after] = answerOf(view);
  return (
    <h1>
      {before} <Time view={view} />
      {after}
    </h1>
  );
}

function Time({ view: { query, range } }: { view: IncidentsView }) {
  const { from, to } = query;
  if (from === undefined && to === undefined) return <>in {SPAN_WORDS[query.range]}</>;
  return (
    <>
      from <Instant at={range.from} />{' '}
      {to === undefined ? (
        'until now'
      ) : (
        <>
          to <Instant at={to} />
        </>
      )}
    </>
  );
}

/** As title. */
export function titleOf(view: IncidentsView): string {
  const [before, after] = answerOf(view);
  return view.targets === 0 ? before : `${before} ${timeOf(view)}${after}`;
}

function timeOf({ query: { range, from, to }, range: whole }: IncidentsView): string {
  if (from === undefined && to === undefined) return `in ${SPAN_WORDS[range]}`;
  return `from ${formatMinute(whole.from)} ${to === undefined ? 'until now' : `to ${formatMinute(to)}`}`;
}

/** What was looked for: `repo nginx, cause host changed`. */
function askedFor({ q, repo, server, label, status, cause, muted }: IncidentsQuery): string {
  return [
    q === undefined ? [] : [`“${shownName(q)}”`],
    repo === undefined ? [] : [`repo ${repo.join(' or ')}`],
    server === undefined ? [] : [`server ${server.join(' or ')}`],
    (label ?? []).map((one) => `label ${shownName(one)}`),
    status === undefined ? [] : [status],
    cause === undefined ? [] : [causeWords(cause === 'unknown' ? undefined : cause).short],
    muted === undefined ? [] : [muted ? 'muted' : 'not muted'],
  ]
    .flat()
    .join(', ');
}

/** What the headline leaves out: what a line is; with a filter, what it is and the state of the whole. */
export function detailsOf({ query, lines, openInFleet }: IncidentsView): string {
  const line = query.each
    ? 'One line is one incident.'
    : `One line is one target and one cause: ${plural(lines, 'line')}. Its number leads to each incident.`;
  if (!isFiltered(query)) return lines === 0 ? '' : line;
  const whole = `Searched for: ${askedFor(query)}. The whole fleet has ${openInFleet} open.`;
  return lines === 0 ? whole : `${whole} ${line}`;
}
