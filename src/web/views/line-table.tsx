import { targetKey } from '../../domain/target.ts';
import { Handled, IncidentState, ResolvedBy } from './incident-table.tsx';
import { type IncidentsQuery, incidentsLink } from './incidents-query.ts';
import type { LineRow } from './incidents-view.ts';
import { incidentLink } from './links.ts';
import { MainFile } from './main-file.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import { Duration, When } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

interface LineTableProps {
  readonly rows: readonly LineRow[];
  readonly query: IncidentsQuery;
  readonly now: number;
}

/** A line for each target and cause. */
export function LineTable({ rows, query, now }: LineTableProps) {
  return (
    <Table
      caption="Incidents, by target and cause"
      kind="incidents stories"
      heads={['State', 'Target', 'What happens', 'Cause', 'Resolved', 'Open for, or until', '30 days']}
    >
      {rows.map((row) => (
        <Line row={row} query={query} now={now} />
      ))}
    </Table>
  );
}

function Line({ row, query, now }: { row: LineRow; query: IncidentsQuery; now: number }) {
  const { latest, repo, server, cause } = row;
  const { short, long } = causeWords(cause);
  const name = `${targetKey(row)}, ${short}`;
  const isOpen = latest.resolvedAt === undefined;
  const each = incidentsLink(query, {
    repo: [repo],
    server: [server],
    cause: cause ?? 'unknown',
    each: true,
  });
  return (
    <Row id={`${repo}|${server}|${cause ?? ''}`} data-target={name} data-state={isOpen ? 'open' : 'resolved'}>
      <Cell kind="is">
        <IncidentState isOpen={isOpen} />
      </Cell>
      <RowHead kind="name">
        <a href={incidentLink(latest.id)}>{server}</a> <span class="quiet">{repo}</span>
      </RowHead>
      <Cell kind="what">
        <span class="line">
          {row.times === 1 ? null : (
            <span class="times">
              <a href={each} aria-label={`Each of the ${row.times} incidents`}>{`${row.times}×`}</a>
              {row.medianMs === undefined ? '' : `, median ${formatSpan(row.medianMs)}`}:
            </span>
          )}
          <MainFile files={row.files} rest={row.times === 1 ? `${incidentLink(latest.id)}#differs` : each} />
          {row.flaps ? (
            <span class="tag" title="Six incidents or more in seven days, of any cause">
              flaps
            </span>
          ) : null}
          <Handled row={latest} now={now} />
        </span>
      </Cell>
      <Cell kind="cause" title={long}>
        {short}
      </Cell>
      <Cell kind="resolver">
        <Resolvers row={row} />
      </Cell>
      <Cell kind="for">
        {latest.resolvedAt === undefined ? (
          <Duration since={latest.openedAt} now={now} />
        ) : (
          <When at={latest.resolvedAt} now={now} />
        )}
      </Cell>
      <Cell kind="days">
        <Days counts={row.perDay} />
      </Cell>
    </Row>
  );
}

/** What resolved a line's incidents: for one, the commit; for several, how often. */
function Resolvers({ row: { latest, times, resolved } }: { row: LineRow }) {
  if (times === 1) return <ResolvedBy incident={latest} />;
  const words = [
    [resolved.commit, 'by commit'],
    [resolved.hand, 'by hand'],
    [resolved.unknown, 'not known'],
  ] as const;
  return (
    <>
      {words
        .filter(([count]) => count > 0)
        .map(([count, what]) => `${what} ${count}×`)
        .join(', ')}
    </>
  );
}

const HEIGHT = 16;
/** Of a day, with the gap. */
const WIDTH = 4;

/** A bar for each day. The tallest is the largest number of a day, and the picture says it in words. */
function Days({ counts }: { counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  const words = `${counts.reduce((sum, count) => sum + count, 0)} in 30 days, at most ${Math.max(...counts)} a day`;
  return (
    <svg class="days" role="img" aria-label={words} width={counts.length * WIDTH} height={HEIGHT}>
      <title>{words}</title>
      {counts.map((count, i) => {
        const height = count === 0 ? 1 : Math.max(2, Math.round((count / most) * HEIGHT));
        return (
          <rect
            class={count === 0 ? undefined : 'some'}
            x={i * WIDTH}
            y={HEIGHT - height}
            width={WIDTH - 1}
            height={height}
          />
        );
      })}
    </svg>
  );
}
