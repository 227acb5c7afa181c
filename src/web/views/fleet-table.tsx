import { targetKey } from '../../domain/target.ts';
import { FileNames } from './file-names.tsx';
import { sortedBy } from './fleet-links.ts';
import type { FleetQuery, FleetSort, FleetView, TargetRow } from './fleet-view.ts';
import { targetLink } from './links.ts';
import { Acknowledged, Muted } from './muted.tsx';
import { Commit, RunLink } from './pipeline.tsx';
import { Said } from './shown.tsx';
import { StateLabel } from './state.tsx';
import { StripPicture } from './strip.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { Ago, Duration, Instant } from './time.tsx';
import { causeWords, STATE_WORDS } from './words.ts';

const SHOWN_FILES = 3;
/** An error may be a whole log; the page of the target shows all of it. */
const SHOWN_ERROR = 240;

export function FleetTable({ view: { query, rows }, now }: { view: FleetView; now: number }) {
  return (
    <Table
      caption="Targets"
      kind="fleet"
      heads={[...HEADS.map(([sort, words]) => <SortedHead {...{ query, sort, words }} />), 'Last 24 hours']}
    >
      {rows.map((row) => (
        <TargetLine row={row} now={now} />
      ))}
    </Table>
  );
}

const HEADS: readonly (readonly [sort: FleetSort, words: string])[] = [
  ['urgency', 'State'],
  ['repo', 'Repo'],
  ['server', 'Server'],
  ['drift', 'What, and who acts'],
  ['since', 'For'],
  ['checked', 'Last check'],
];

function SortedHead({ query, sort, words }: { query: FleetQuery; sort: FleetSort; words: string }) {
  const order = query.desc ? 'descending' : 'ascending';
  return (
    <Head {...(query.sort === sort ? { order } : {})}>
      <a href={sortedBy(query, sort)}>{words}</a>
    </Head>
  );
}

function TargetLine({ row, now }: { row: FleetView['rows'][number]; now: number }) {
  return (
    <Row
      id={targetKey(row).replace(' ', '|')}
      kind={row.mute === undefined ? undefined : 'is-muted'}
      data-target={targetKey(row)}
      data-state={row.state}
    >
      <Cell kind="is">
        <StateLabel state={row.state} />
      </Cell>
      <Cell kind="repo" label="Repo">
        {row.repo}
      </Cell>
      <RowHead kind="server">
        <a href={targetLink(row)}>{row.server}</a>
      </RowHead>
      <Cell kind="what" label="What">
        <What row={row} now={now} />
      </Cell>
      <Cell kind="time for" label="For">
        <Duration since={row.since} now={now} />
        {row.state === 'SYNCED' ? null : (
          <small>
            {row.state === 'OUT_OF_SYNC' || row.incident === undefined ? 'since' : 'incident since'}{' '}
            <Instant at={row.since} />
          </small>
        )}
      </Cell>
      <Cell kind="time checked" label="Last check">
        {row.checkedAt === undefined ? 'never' : <Ago at={row.checkedAt} now={now} />}
        <small>
          <Commit id={row.commit} /> <RunLink url={row.runUrl}>run</RunLink>
        </small>
      </Cell>
      <Cell kind="past">
        <StripPicture strip={row.strip} what="Last 24 hours" />
      </Cell>
    </Row>
  );
}

/** The details of a target that matter in its state. */
function What({ row, now }: { row: TargetRow; now: number }) {
  const { state, error } = row;
  return (
    <>
      {state === 'STALE' ? <Silence row={row} now={now} /> : null}
      {state === 'UNKNOWN' ? (
        <span class="error">
          {error === undefined ? 'no reason given' : <Said text={error} most={SHOWN_ERROR} />}
        </span>
      ) : null}
      {row.syncStatus === 'OUT_OF_SYNC' ? <Drift row={row} /> : null}
      {row.incident === undefined ? null : <Cause row={row} />}
      {row.next === undefined ? null : (
        <small>
          <Said text={row.next} />
        </small>
      )}
      <Acknowledged of={row.acknowledgement} now={now} />
      <Muted mute={row.mute} />
    </>
  );
}

function Silence({ row, now }: { row: Pick<TargetRow, 'checkedAt' | 'syncStatus'>; now: number }) {
  const { checkedAt, syncStatus } = row;
  if (checkedAt === undefined || syncStatus === undefined)
    return <span>never reported: it was declared, and no check of it has arrived</span>;
  return (
    <span>
      silent since its check <Ago at={checkedAt} now={now} />, which said{' '}
      {STATE_WORDS[syncStatus].toLowerCase()}
    </span>
  );
}

function Drift({ row }: { row: TargetRow }) {
  const rest = `${targetLink(row)}#differs`;
  return <FileNames names={row.files} count={row.driftCount} shown={SHOWN_FILES} rest={rest} />;
}

function Cause({ row: { state, incident } }: { row: TargetRow }) {
  const { short, long } = causeWords(incident?.cause);
  return (
    <small title={long}>
      {state === 'OUT_OF_SYNC' ? '' : 'open incident: '}
      {short}
    </small>
  );
}
