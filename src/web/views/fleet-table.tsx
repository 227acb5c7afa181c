import { ForCell, lineOf, TargetName, WhatCell, WhoCell } from './fleet-cells.tsx';
import { sortedBy } from './fleet-links.ts';
import type { FleetQuery, FleetSort, TargetPast, TargetRow } from './fleet-view.ts';
import { StateLabel } from './state.tsx';
import { StripPicture } from './strip.tsx';
import { Cell, Head, Row, Table } from './table.tsx';
import { Ago } from './time.tsx';

interface FleetTableProps {
  readonly query: FleetQuery;
  readonly rows: readonly (TargetRow & { readonly past: TargetPast })[];
  readonly now: number;
}

/** A line per target. */
export function FleetTable({ query, rows, now }: FleetTableProps) {
  const heads = HEADS.map(({ kind, sort, words }) => <SortedHead {...{ query, kind, sort, words }} />);
  return (
    <Table caption="Targets" kind="fleet" heads={heads}>
      {rows.map((row) => (
        <Row {...lineOf(row)} kind={row.mute === undefined ? undefined : 'is-muted'}>
          <Cell kind="is">
            <StateLabel state={row.state} />
          </Cell>
          <TargetName row={row} past={row.past} />
          <WhatCell row={row} />
          <WhoCell row={row} now={now} />
          <ForCell row={row} now={now} />
          <Cell kind="checked">
            {row.checkedAt === undefined ? 'never' : <Ago at={row.checkedAt} now={now} />}
          </Cell>
          <Cell kind="past">
            <StripPicture strip={row.past.strip} what="Last 24 hours" />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

interface HeadProps {
  readonly kind: string;
  /** In the order of the columns; some have no sorting. */
  readonly sort?: FleetSort | undefined;
  readonly words: string;
}

const HEADS: readonly HeadProps[] = [
  { kind: 'is', sort: 'urgency', words: 'State' },
  { kind: 'server', sort: 'server', words: 'Target' },
  { kind: 'what', sort: 'drift', words: 'What differs' },
  { kind: 'who', words: 'Who acts' },
  { kind: 'for', sort: 'since', words: 'For' },
  { kind: 'checked', sort: 'checked', words: 'Checked' },
  { kind: 'past', words: 'Last 24 hours' },
];

function SortedHead({ query, kind, sort, words }: HeadProps & { query: FleetQuery }) {
  if (sort === undefined) return <Head kind={kind}>{words}</Head>;
  const order = query.desc ? 'descending' : 'ascending';
  return (
    <Head kind={kind} {...(query.sort === sort ? { order } : {})}>
      <a href={sortedBy(query, sort)}>{words}</a>
    </Head>
  );
}
