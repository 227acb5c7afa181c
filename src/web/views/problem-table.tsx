import { ForCell, TargetName, WhatCell, WhoCell } from './fleet-cells.tsx';
import { fleetLink } from './fleet-links.ts';
import type { FleetQuery, ShownProblem } from './fleet-view.ts';
import { StateLabel } from './state.tsx';
import { StripPicture } from './strip.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { Ago } from './time.tsx';

interface ProblemsProps {
  readonly query: FleetQuery;
  readonly problems: readonly ShownProblem[];
  readonly now: number;
  /** Whether the map is beside it, so that there is less room. */
  readonly dense: boolean;
}

/** A line per problem. The name of a problem with several targets leads to the list of them. */
export function ProblemTable({ query, problems, now, dense }: ProblemsProps) {
  const heads = [
    <Head kind="is">State</Head>,
    <Head kind="server">{dense ? 'Targets' : 'Target'}</Head>,
    <Head kind="what">What differs</Head>,
    <Head kind="who">Who acts</Head>,
    <Head kind="for">{dense ? 'Oldest' : 'For'}</Head>,
    ...(dense ? [] : [<Head kind="checked">Checked</Head>, <Head kind="past">Last 24 hours</Head>]),
  ];
  return (
    <Table caption="Problems" kind="fleet" heads={heads}>
      {problems.map((problem) => (
        <ProblemLine {...{ query, problem, now, dense }} />
      ))}
    </Table>
  );
}

function ProblemLine({
  query,
  problem,
  now,
  dense,
}: Omit<ProblemsProps, 'problems'> & { problem: ShownProblem }) {
  const { id, longest, targets, error, past } = problem;
  const list = fleetLink(query, { problem: id, group: undefined });
  const isOne = targets.length === 1;
  return (
    <Row id={`problem-${id}`} kind={longest.mute === undefined ? undefined : 'is-muted'}>
      <Cell kind="is">
        <StateLabel state={longest.state} />
      </Cell>
      {isOne ? (
        <TargetName row={longest} past={dense ? undefined : past} />
      ) : (
        <RowHead kind="server">
          <a href={list}>{longest.repo}</a> <span class="of">{targets.length} servers</span>
        </RowHead>
      )}
      <WhatCell row={longest} error={error} {...(isOne ? {} : { rest: list })} />
      <WhoCell row={longest} now={now} targets={targets} />
      <ForCell row={longest} now={now} />
      {dense ? null : <Checked problem={problem} now={now} />}
    </Row>
  );
}

/** For several targets, the oldest check. */
function Checked({ problem: { targets, past }, now }: { problem: ShownProblem; now: number }) {
  const checks = targets.map(({ checkedAt }) => checkedAt);
  const oldest = checks.includes(undefined) ? undefined : Math.min(...checks.map((at) => at ?? 0));
  return (
    <>
      <Cell kind="checked">{oldest === undefined ? 'never' : <Ago at={oldest} now={now} />}</Cell>
      <Cell kind="past">
        {past === undefined ? null : <StripPicture strip={past.strip} what="Last 24 hours" />}
      </Cell>
    </>
  );
}
