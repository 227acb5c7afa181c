import type { FileDrift } from '../../domain/questions/file-drift.ts';
import { Name } from './shown.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import { When } from './time.tsx';
import { formatSpan } from './words.ts';

interface DriftRow extends Omit<FileDrift, 'name' | 'targets'> {
  /** The name of what differed, with its link. */
  readonly words: string;
  readonly href: string;
}

interface DriftTableProps {
  readonly caption: string;
  /** What the rows are, for the heading. */
  readonly what: string;
  readonly rows: readonly DriftRow[];
  readonly now: number;
}

/** The places where something differed, the longest first. */
export function DriftTable({ caption, what, rows, now }: DriftTableProps) {
  return (
    <Table
      caption={caption}
      kind="drifts"
      heads={[what, 'Differed for', 'Incidents', 'First seen', 'Last seen', 'At the last check']}
    >
      {rows.map(({ words, href, driftedMs, incidents, firstSeenAt, lastSeenAt, open }) => (
        <Row>
          <RowHead>
            <a href={href}>
              <Name of={words} />
            </a>
          </RowHead>
          <Cell label="Differed for">{formatSpan(driftedMs)}</Cell>
          <Cell label="Incidents">{incidents}</Cell>
          <Cell label="First seen">
            <When at={firstSeenAt} now={now} />
          </Cell>
          <Cell label="Last seen">
            <When at={lastSeenAt} now={now} />
          </Cell>
          <Cell label="At the last check">{open ? <b class="open">differs</b> : 'the same'}</Cell>
        </Row>
      ))}
    </Table>
  );
}
