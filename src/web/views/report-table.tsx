import { formatInstant } from '../../domain/instant.ts';
import type { Target } from '../../domain/target.ts';
import { linkTo, type Params, targetLink } from './links.ts';
import { Said } from './shown.tsx';
import { Icon, StateLabel } from './state.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
import type { ReportLine, TargetView } from './target-view.ts';
import { When } from './time.tsx';
import { formatDuration, plural } from './words.ts';

const SECOND = 1000;

/** The reports of the drawn range, newest first, in pages. */
export function ReportsPanel({ view, kept }: { view: TargetView; kept: Params }) {
  const { target, time, reports, isLater, nextCursor } = view;
  return (
    <details class="panel" id="reports" open={isLater}>
      <summary class="fold">
        <Icon of="more" />
        <h2>Reports</h2>
        <span class="quiet small">
          {reports.length === 0 ? 'none' : `${reports.length} ${isLater ? 'older' : 'latest'}`}
        </span>
      </summary>
      {reports.length === 0 ? null : (
        <Table caption="Reports, newest first" kind="reports" heads={['Checked', 'Said', 'Took']}>
          {reports.map((report) => (
            <ReportRow report={report} target={target} now={time.at} />
          ))}
        </Table>
      )}
      <nav class="paging" aria-label="Pages of the reports">
        {isLater ? <a href={`${targetLink(target, kept)}#reports`}>Newest</a> : null}
        {nextCursor === undefined ? null : (
          <a rel="next" href={`${targetLink(target, { ...kept, cursor: nextCursor })}#reports`}>
            Older
          </a>
        )}
      </nav>
    </details>
  );
}

function ReportRow({ report, target, now }: { report: ReportLine; target: Target; now: number }) {
  const { checkedAt, syncStatus, driftCount, files, error, durationMs } = report;
  const count = Math.max(driftCount ?? 0, files.length);
  return (
    <Row>
      <RowHead>
        <a href={reportLink(target, report)}>
          <When at={checkedAt} now={now} />
        </a>
      </RowHead>
      <Cell kind="said">
        <StateLabel state={syncStatus} />
        {syncStatus === 'OUT_OF_SYNC' && count > 0 ? <small>{plural(count, 'file')}</small> : null}
        {error === undefined ? null : (
          <small class="error">
            <Said text={error} />
          </small>
        )}
      </Cell>
      <Cell kind="num">
        {durationMs === undefined ? null : formatDuration(durationMs)}
        {report.runUrl === undefined ? null : (
          <small>
            <a href={report.runUrl} rel="noopener noreferrer">
              run
            </a>
          </small>
        )}
      </Cell>
    </Row>
  );
}

/** The API has the whole report. */
function reportLink({ repo, server }: Target, { checkedAt }: ReportLine): string {
  const [from, to] = [formatInstant(checkedAt), formatInstant(checkedAt + SECOND)];
  return linkTo('/api/v1/reports', { repo, server, from, to });
}
