import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Mute } from '../../domain/mute.ts';
import { resolverOf } from '../../domain/resolution.ts';
import type { Target } from '../../domain/target.ts';
import { incidentLink } from './links.ts';
import { MainFile, type NamedFiles } from './main-file.tsx';
import { Acknowledged, Muted } from './muted.tsx';
import { Commit } from './pipeline.tsx';
import { Glyph } from './state.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { Duration, When } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

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
  readonly now: number;
}

/** A line for each incident. */
export function IncidentTable({ caption, rows, now }: IncidentTableProps) {
  return (
    <Table
      caption={caption}
      kind="incidents"
      heads={[
        'State',
        'Opened',
        'Target',
        'What differed',
        'Cause',
        'Resolved',
        <Head kind="for">Lasted</Head>,
      ]}
    >
      {rows.map((row) => (
        <IncidentLine row={row} now={now} />
      ))}
    </Table>
  );
}

function IncidentLine({ row, now }: { row: IncidentRow; now: number }) {
  const { short, long } = causeWords(row.cause);
  return (
    <Row id={`incident-${row.id}`}>
      <Cell kind="is">
        <IncidentState isOpen={row.resolvedAt === undefined} />
      </Cell>
      <RowHead kind="name">
        <a href={incidentLink(row.id)}>
          <When at={row.openedAt} now={now} />
        </a>
      </RowHead>
      <Cell kind="of">{`${row.repo} on ${row.server}`}</Cell>
      <Cell kind="what">
        <span class="line">
          <MainFile files={filesOf(row)} rest={`${incidentLink(row.id)}#differs`} />
          <Handled row={row} now={now} />
        </span>
      </Cell>
      <Cell kind="cause" title={long}>
        {short}
      </Cell>
      <Cell kind="resolver">
        <ResolvedBy incident={row} />
      </Cell>
      <Cell kind="for">
        {row.resolvedAt === undefined ? (
          <Duration since={row.openedAt} now={now} />
        ) : (
          formatSpan(row.durationMs)
        )}
      </Cell>
    </Row>
  );
}

export function IncidentState({ isOpen }: { isOpen: boolean }) {
  const state = isOpen ? 'OUT_OF_SYNC' : 'SYNCED';
  return (
    <span class={`state ${state}`}>
      <Glyph state={state} />
      {isOpen ? 'Open' : 'Resolved'}
    </span>
  );
}

/** The files of one incident. */
export function filesOf({
  files,
  maxDriftCount,
  unnamed,
}: Pick<Incident, 'files' | 'maxDriftCount' | 'unnamed'>): NamedFiles {
  const isCounted = maxDriftCount !== undefined && maxDriftCount > files.names.length;
  return { names: files.names, count: maxDriftCount, isCut: files.isCut || (unnamed && !isCounted) };
}

/** Who works on it, and that it is muted. */
export function Handled({ row: { acknowledgement, mute }, now }: { row: IncidentRow; now: number }) {
  return (
    <>
      <Acknowledged of={acknowledgement} now={now} />
      <Muted mute={mute} />
    </>
  );
}

/** A commit, or a hand; nothing while it is open. */
export function ResolvedBy({ incident }: { incident: Incident | IncidentRow }) {
  if (incident.resolvedAt === undefined) return null;
  switch (resolverOf(incident)) {
    case 'commit':
      return (
        <>
          by <Commit id={incident.resolvedCommit} />
        </>
      );
    case 'hand':
      return <>by hand</>;
    case undefined:
      return <span class="quiet">by unknown means</span>;
  }
}
