import type { FileDrift } from '../../domain/questions/file-drift.ts';
import { Name } from './shown.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import { Instant } from './time.tsx';
import { formatSpan } from './words.ts';

interface DriftRow extends Omit<FileDrift, 'name' | 'targets'> {
  /** The name of what drifted, and the link to it. */
  readonly words: string;
  readonly href: string;
}

interface DriftTableProps {
  readonly caption: string;
  /** What the rows are, for the heading. */
  readonly what: string;
  readonly rows: readonly DriftRow[];
}

/** The files or targets that drift most. */
export function DriftTable({ caption, what, rows }: DriftTableProps) {
  return (
    <Table
      caption={caption}
      kind="drifts"
      heads={[what, 'Drifted for', 'Incidents', 'First seen', 'Last seen', 'At the last check']}
    >
      {rows.map(({ words, href, driftedMs, incidents, firstSeenAt, lastSeenAt, open }) => (
        <Row>
          <RowHead>
            <a href={href}>
              <Name of={words} />
            </a>
          </RowHead>
          <Cell label="Drifted for">{formatSpan(driftedMs)}</Cell>
          <Cell label="Incidents">{incidents}</Cell>
          <Cell label="First seen">
            <Instant at={firstSeenAt} />
          </Cell>
          <Cell label="Last seen">
            <Instant at={lastSeenAt} />
          </Cell>
          <Cell label="At the last check">{open ? <b class="open">drifted</b> : 'not drifted'}</Cell>
        </Row>
      ))}
    </Table>
  );
}
