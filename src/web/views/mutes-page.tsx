import type { Mute, MuteState } from '../../domain/mute.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import type { MuteMatches } from '../../domain/questions/mute-matches.ts';
import { type Frame, Page } from './layout.tsx';
import { TargetNames } from './mute-form-page.tsx';
import { Who } from './muted.tsx';
import { Paging } from './paging.tsx';
import { Said } from './shown.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import { Instant } from './time.tsx';
import { plural } from './words.ts';

export interface MuteLine {
  readonly mute: Mute;
  readonly state: MuteState;
  /** What it matches now; undefined if it is over. */
  readonly matches: MuteMatches | undefined;
}

export interface MutesView {
  /** Those in force first, then those to come, then those that are over. */
  readonly lines: readonly MuteLine[];
  readonly active: number;
  readonly all: number;
  readonly page: number;
  readonly pages: number;
}

const STATE_WORDS: Readonly<Record<MuteState, string>> = {
  active: 'In force',
  scheduled: 'Begins later',
  ended: 'Over',
};

/** The mutes, and the link to a new one. */
export function mutesPage({ lines, active, all, page, pages }: MutesView, frame: Frame) {
  const title = active === 0 ? 'Nothing is muted' : `${plural(active, 'mute')} in force`;
  return (
    <Page frame={frame} title={title} here="mutes">
      <div class="head">
        <h1>{title}</h1>
        <a href="/mutes/new">New mute</a>
      </div>
      {lines.length === 0 ? (
        <p class="none">There is no mute, and none has ended within a year.</p>
      ) : (
        <MuteTable lines={lines} />
      )}
      <Paging page={page} pages={pages} linkTo={(one) => `/mutes?page=${one}`}>
        {plural(all, 'mute')}
      </Paging>
    </Page>
  );
}

function MuteTable({ lines }: Pick<MutesView, 'lines'>) {
  return (
    <Table caption="Mutes" kind="mutes" heads={['Mute', 'What', 'Matches now', 'Until', 'Reason', 'By']}>
      {lines.map((line) => (
        <Line line={line} />
      ))}
    </Table>
  );
}

function Line({ line: { mute, state, matches } }: { line: MuteLine }) {
  return (
    <Row id={`mute-${mute.id}`}>
      <RowHead>
        <a href={`/mutes/${mute.id}`}>
          {STATE_WORDS[state]} <span class="unseen">(mute {mute.id})</span>
        </a>
      </RowHead>
      <Cell label="What">
        <MatcherWords of={mute.matchers} />
      </Cell>
      <Cell label="Matches now">
        <Counts of={matches} />
      </Cell>
      <Cell label="Until">
        <UntilWords mute={mute} state={state} />
      </Cell>
      <Cell label="Reason">
        <Said text={mute.reason} />
      </Cell>
      <Cell label="By">
        <Who actor={mute.by} />
      </Cell>
    </Row>
  );
}

function Counts({ of }: { of: MuteMatches | undefined }) {
  if (of === undefined) return <>nothing: it is over</>;
  return (
    <>
      {plural(of.targets.length, 'target')}, {plural(of.incidents.length, 'open incident')}
    </>
  );
}

function UntilWords({ mute, state }: { mute: Mute; state: MuteState }) {
  const { startsAt, endsAt, endedAt, endedBy, untilInSync } = mute;
  if (state === 'ended') {
    return (
      <>
        was over <Instant at={endedAt ?? endsAt} />
        {endedBy === undefined ? null : (
          <>
            , ended by <Who actor={endedBy} />
          </>
        )}
      </>
    );
  }
  return (
    <>
      {state === 'scheduled' ? (
        <>
          from <Instant at={startsAt} /> until{' '}
        </>
      ) : null}
      {untilInSync ? 'in sync again, at the latest ' : null}
      <Instant at={endsAt} />
    </>
  );
}

/** All of them must match. */
function MatcherWords({ of: { labels = {}, ...others } }: { of: Matchers }) {
  const pairs: readonly (readonly [string, readonly string[]])[] = [
    ...Object.entries(others).map(([key, patterns]) => [key, patterns ?? []] as const),
    ...Object.entries(labels).map(([key, patterns]) => [`label ${key}`, patterns] as const),
  ];
  return (
    <ul class="names">
      {pairs.map(([key, patterns]) => (
        <li>
          {key}: <Said text={patterns.map((pattern) => pattern || 'unknown or none').join(', ')} most={500} />
        </li>
      ))}
    </ul>
  );
}

/** One mute: what it matches, and how to change and end it. */
export function mutePage({ mute, state, matches }: MuteLine, frame: Frame) {
  const title = `Mute ${mute.id}: ${STATE_WORDS[state].toLowerCase()}`;
  return (
    <Page frame={frame} title={title} here="mutes">
      <p class="crumbs">
        <a href="/mutes">Mutes</a> /
      </p>
      <h1>{title}</h1>
      <dl class="facts">
        <div>
          <dt>What</dt>
          <dd>
            <MatcherWords of={mute.matchers} />
          </dd>
        </div>
        <div>
          <dt>Until</dt>
          <dd>
            <UntilWords mute={mute} state={state} />
          </dd>
        </div>
        <div>
          <dt>Reason</dt>
          <dd>
            <Said text={mute.reason} />
          </dd>
        </div>
        <div>
          <dt>By</dt>
          <dd>
            <Who actor={mute.by} />, made <Instant at={mute.createdAt} />
          </dd>
        </div>
        <div>
          <dt>Matches now</dt>
          <dd>
            <Counts of={matches} />
            {matches === undefined ? null : <TargetNames targets={matches.targets} />}
          </dd>
        </div>
      </dl>
      {state === 'ended' ? (
        <p>
          <a href="/mutes/new">New mute</a>
        </p>
      ) : (
        <form class="buttons" method="post" action={`/mutes/${mute.id}/end`}>
          <a href={`/mutes/${mute.id}/change`}>Change</a>
          <button type="submit">End it now</button>
        </form>
      )}
    </Page>
  );
}
