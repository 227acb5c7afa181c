import type { Arrival, CommitView } from './commit-page.tsx';
import { targetLink } from './links.ts';
import { Name } from './shown.tsx';
import { Glyph, StateLabel } from './state.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { When } from './time.tsx';
import { formatSpan } from './words.ts';

/** For each target, when it had the commit and when it was in sync with it, also as a bar. */
export function ArrivalTable({ view, now }: { view: CommitView; now: number }) {
  const scale = (
    <Head>
      <span class="scale">
        <span>First seen</span>
        <span>{formatSpan(view.endMs)} later</span>
      </span>
    </Head>
  );
  return (
    <Table
      caption="Where it landed"
      kind="arrivals"
      heads={[
        'At this commit',
        'Target',
        ...['Commit seen', 'In sync', 'Took'].map((words) => <Head kind="num">{words}</Head>),
        scale,
      ]}
    >
      {view.arrivals.map((arrival) => (
        <Row>
          <Cell kind="is">
            <Standing arrival={arrival} />
          </Cell>
          <RowHead kind="name">
            <a href={targetLink(arrival)}>
              <Name of={view.repo === undefined ? `${arrival.repo} on ${arrival.server}` : arrival.server} />
            </a>
          </RowHead>
          <Cell kind="num off">
            <WhenIfEver at={arrival.seenAt} now={now} />
          </Cell>
          <Cell kind="num when">
            <WhenIfEver at={arrival.syncedAt} now={now} />
          </Cell>
          <Cell kind="num took">{arrival.tookMs === undefined ? '–' : formatSpan(arrival.tookMs)}</Cell>
          <Cell kind="bar">
            <Way arrival={arrival} view={view} now={now} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

/** "In sync" is said only of targets that are in sync now. For others the time says when they were. */
function Standing({ arrival: { kind, state } }: { arrival: Arrival }) {
  if (kind === 'here') return <StateLabel state={state} />;
  if (kind === 'replaced') return <span class="quiet">Replaced</span>;
  if (state === 'SYNCED') return <b>Not yet</b>;
  return (
    <span class={`state ${state}`}>
      <Glyph state={state} />
      Not yet
    </span>
  );
}

function WhenIfEver({ at, now }: { at: number | undefined; now: number }) {
  return at === undefined ? <>not yet</> : <When at={at} now={now} />;
}

/** The bar of a target, from the first sight in the repo on. If it has not ended it reaches the end of the scale. */
function Way({ arrival, view, now }: { arrival: Arrival; view: CommitView; now: number }) {
  const { seenAt, syncedAt, tookMs, kind } = arrival;
  const percent = (ms: number) =>
    Number(((100 * Math.min(ms, view.endMs)) / Math.max(1, view.endMs)).toFixed(2));
  const start = seenAt === undefined ? 0 : percent(seenAt - view.firstSeenAt);
  const end = tookMs === undefined ? 100 : percent(tookMs);
  const words =
    tookMs === undefined
      ? `${kind === 'left' ? 'not in sync with it yet' : 'never in sync with it'}, ` +
        `${formatSpan(now - view.firstSeenAt)} after the first report`
      : `in sync ${formatSpan(tookMs)} after the first report`;
  return (
    <svg class="gantt" role="img" aria-label={words}>
      <rect class="track" width="100%" height="100%" />
      {seenAt === undefined || (kind === 'replaced' && syncedAt === undefined) ? null : (
        <rect class="way" x={`${start}%`} width={`${Math.max(0, end - start)}%`} height="100%" />
      )}
      {tookMs === undefined ? null : <rect class="end" x={`${end}%`} width="3" height="100%" />}
    </svg>
  );
}
