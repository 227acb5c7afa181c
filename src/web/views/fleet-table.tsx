import type { PropsWithChildren } from 'hono/jsx';
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
import { Ago, Duration, Instant } from './time.tsx';
import { causeWords, STATE_WORDS } from './words.ts';

const SHOWN_FILES = 3;
/** An error may be a whole log; the page of the target shows all of it. */
const SHOWN_ERROR = 240;

export function FleetTable({ view: { query, rows }, now }: { view: FleetView; now: number }) {
  return (
    <table class="fleet">
      <caption class="unseen">Targets</caption>
      <thead>
        <tr>
          <Head {...{ query, sort: 'urgency' }}>State</Head>
          <Head {...{ query, sort: 'repo' }}>Repo</Head>
          <Head {...{ query, sort: 'server' }}>Server</Head>
          <Head {...{ query, sort: 'drift' }}>What</Head>
          <Head {...{ query, sort: 'since' }}>For</Head>
          <Head {...{ query, sort: 'checked' }}>Last check</Head>
          <th scope="col">Last 24 hours</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row row={row} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ query, sort, children }: PropsWithChildren<{ query: FleetQuery; sort: FleetSort }>) {
  const order = query.desc ? 'descending' : 'ascending';
  return (
    <th scope="col" {...(query.sort === sort ? { 'aria-sort': order } : {})}>
      <a href={sortedBy(query, sort)}>{children}</a>
    </th>
  );
}

function Row({ row, now }: { row: FleetView['rows'][number]; now: number }) {
  return (
    <tr
      id={targetKey(row).replace(' ', '|')}
      data-target={targetKey(row)}
      data-state={row.state}
      {...(row.mute === undefined ? {} : { class: 'is-muted' })}
    >
      <td>
        <StateLabel state={row.state} />
      </td>
      <td class="repo" data-label="Repo">
        {row.repo}
      </td>
      <th scope="row" class="server">
        <a href={targetLink(row)}>{row.server}</a>
      </th>
      <td class="what" data-label="What">
        <What row={row} now={now} />
      </td>
      <td class="time" data-label="For">
        <Duration since={row.since} now={now} />
        {row.state === 'SYNCED' ? null : (
          <small>
            since <Instant at={row.since} />
          </small>
        )}
      </td>
      <td class="time" data-label="Last check">
        {row.checkedAt === undefined ? 'never' : <Ago at={row.checkedAt} now={now} />}
        <small>
          <Commit id={row.commit} /> <RunLink url={row.runUrl}>run</RunLink>
        </small>
      </td>
      <td class="past">
        <StripPicture strip={row.strip} what="Last 24 hours" />
      </td>
    </tr>
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

export function Silence({ row, now }: { row: Pick<TargetRow, 'checkedAt' | 'syncStatus'>; now: number }) {
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

function Drift({ row: { files, driftCount } }: { row: TargetRow }) {
  return <FileNames names={files} count={driftCount} shown={SHOWN_FILES} />;
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
