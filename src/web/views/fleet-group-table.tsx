import { ForCell, lineOf, TargetName, WhatCell } from './fleet-cells.tsx';
import type { FleetGroup } from './fleet-view.ts';
import { Commit } from './pipeline.tsx';
import { StateLabel } from './state.tsx';
import { Cell, Head, Row, Table } from './table.tsx';
import { Ago } from './time.tsx';

/** The targets of a small group, in place. */
export function GroupTable({ group, now }: { group: FleetGroup; now: number }) {
  const heads = [
    <Head kind="is">State</Head>,
    <Head kind="server">Target</Head>,
    <Head kind="what">What differs</Head>,
    <Head kind="for">For</Head>,
    <Head kind="checked">Checked</Head>,
    <Head kind="commit">Commit</Head>,
  ];
  return (
    <Table caption={`Targets: ${group.name ?? 'others'}`} kind="fleet" heads={heads}>
      {group.targets.map((row) => (
        <Row {...lineOf(row)} kind={row.mute === undefined ? undefined : 'is-muted'}>
          <Cell kind="is">
            <StateLabel state={row.state} />
          </Cell>
          <TargetName row={row} />
          <WhatCell row={row} />
          <ForCell row={row} now={now} />
          <Cell kind="checked">
            {row.checkedAt === undefined ? 'never' : <Ago at={row.checkedAt} now={now} />}
          </Cell>
          <Cell kind="commit">
            <Commit id={row.commit} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}
