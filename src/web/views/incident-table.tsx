import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import { sameCommit } from '../../domain/commit.ts';
import type { Incident } from '../../domain/incident.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Mute } from '../../domain/mute.ts';
import type { Target } from '../../domain/target.ts';
import { FileNames } from './file-names.tsx';
import { linkTo, targetLink } from './links.ts';
import { Acknowledged, Muted } from './muted.tsx';
import { Commit, RunLink } from './pipeline.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import { Instant } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

const SHOWN_FILES = 5;
const SECOND = 1000;

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
    <Table
      caption={caption}
      kind="incidents"
      heads={['Opened', withTarget ? 'Target' : undefined, 'Lasted', 'Cause', 'Files', 'Commit', 'Runs']}
    >
      {rows.map((row) => (
        <IncidentLine row={row} withTarget={withTarget} now={now} />
      ))}
    </Table>
  );
}

function IncidentLine({ row, withTarget, now }: { row: IncidentRow; withTarget: boolean; now: number }) {
  const { short, long } = causeWords(row.cause);
  return (
    <Row id={`incident-${row.id}`}>
      <Cell label="Opened">
        <Instant at={row.openedAt} />
      </Cell>
      {withTarget ? (
        <RowHead>
          <a href={targetLink(row)}>
            {row.repo} on {row.server}
          </a>
        </RowHead>
      ) : null}
      <Cell kind="time" label="Lasted">
        <Lasted row={row} />
      </Cell>
      <Cell label="Cause" title={long}>
        {short}
        <Acknowledged of={row.acknowledgement} now={now} />
        <Muted mute={row.mute} />
      </Cell>
      <Cell label="Files">
        <FileNames
          {...row.files}
          count={row.maxDriftCount}
          unnamed={row.unnamed}
          shown={SHOWN_FILES}
          rest={incidentLink(row)}
        />
      </Cell>
      <Cell label="Commit">
        <Commits row={row} />
      </Cell>
      <Cell label="Runs">
        <RunLink url={row.openedRunUrl}>opened</RunLink> <RunLink url={row.resolvedRunUrl}>resolved</RunLink>
      </Cell>
    </Row>
  );
}

/** The API has all names of the files. */
function incidentLink({ repo, server, openedAt }: IncidentRow): string {
  const [from, to] = [formatInstant(openedAt), formatInstant(openedAt + SECOND)];
  return linkTo('/api/v1/incidents', { repo, server, from, to });
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
