import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import { sameCommit } from '../../domain/commit.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Mute } from '../../domain/mute.ts';
import type { Target } from '../../domain/target.ts';
import { FileNames } from './file-names.tsx';
import { targetLink } from './links.ts';
import { Acknowledged, Muted } from './muted.tsx';
import { Commit, RunLink } from './pipeline.tsx';
import { Instant } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

const SHOWN_FILES = 5;

export interface IncidentRow extends Target, Omit<Incident, 'receivedAt'> {
  readonly id: number;
  readonly acknowledgement: Acknowledgement | undefined;
  readonly mute: Mute | undefined;
  /** For an open incident, until now. */
  readonly durationMs: number;
}

interface IncidentTableProps {
  readonly caption: string;
  readonly rows: readonly IncidentRow[];
  /** Whether there is a column for the target. */
  readonly withTarget: boolean;
  readonly now: number;
}

export function IncidentTable({ caption, rows, withTarget, now }: IncidentTableProps) {
  return (
    <table class="incidents">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Opened</th>
          {withTarget ? <th scope="col">Target</th> : null}
          <th scope="col">Lasted</th>
          <th scope="col">Cause</th>
          <th scope="col">Files</th>
          <th scope="col">Commit</th>
          <th scope="col">Runs</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row row={row} withTarget={withTarget} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, withTarget, now }: { row: IncidentRow; withTarget: boolean; now: number }) {
  const { short, long } = causeWords(row.cause);
  return (
    <tr id={`incident-${row.id}`}>
      <td data-label="Opened">
        <Instant at={row.openedAt} />
      </td>
      {withTarget ? (
        <th scope="row">
          <a href={targetLink(row)}>
            {row.repo} on {row.server}
          </a>
        </th>
      ) : null}
      <td class="time" data-label="Lasted">
        <Lasted row={row} />
      </td>
      <td data-label="Cause" title={long}>
        {short}
        <Acknowledged of={row.acknowledgement} now={now} />
        <Muted mute={row.mute} />
      </td>
      <td data-label="Files">
        <FileNames {...row.files} count={row.maxDriftCount} unnamed={row.unnamed} shown={SHOWN_FILES} />
      </td>
      <td data-label="Commit">
        <Commits row={row} />
      </td>
      <td data-label="Runs">
        <RunLink url={row.openedRunUrl}>opened</RunLink> <RunLink url={row.resolvedRunUrl}>resolved</RunLink>
      </td>
    </tr>
  );
}

function Lasted({ row: { resolvedAt, durationMs } }: { row: IncidentRow }) {
  if (resolvedAt === undefined) return <b class="open">open, {formatSpan(durationMs)}</b>;
  return (
    <>
      {formatSpan(durationMs)}
      <small>
        until <Instant at={resolvedAt} />
      </small>
    </>
  );
}

/** The commit at which it opened, and the one that resolved it if it is another one. */
function Commits({ row: { openedCommit, resolvedCommit } }: { row: IncidentRow }) {
  const isSame =
    resolvedCommit === undefined || (openedCommit !== undefined && sameCommit(resolvedCommit, openedCommit));
  return (
    <>
      <Commit id={openedCommit} />
      {isSame ? null : (
        <small>
          resolved by <Commit id={resolvedCommit} />
        </small>
      )}
    </>
  );
}
