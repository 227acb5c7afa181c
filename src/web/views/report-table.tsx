import { formatInstant } from '../../domain/instant.ts';
import type { Target } from '../../domain/target.ts';
import { FileNames } from './file-names.tsx';
import { linkTo } from './links.ts';
import { Commit, RunLink } from './pipeline.tsx';
import { Said } from './shown.tsx';
import { StateLabel } from './state.tsx';
import { Cell, Row, Table } from './table.tsx';
import type { ReportLine } from './target-view.ts';
import { Instant } from './time.tsx';
import { formatSpan } from './words.ts';

const SECOND = 1000;

/** The reports, newest first. */
export function ReportTable({ reports, target }: { reports: readonly ReportLine[]; target: Target }) {
  return (
    <Table
      caption="Reports, newest first"
      kind="reports"
      heads={['Checked', 'Said', 'What', 'Commit', 'Took', 'Run']}
    >
      {reports.map((report) => (
        <ReportRow report={report} target={target} />
      ))}
    </Table>
  );
}

function ReportRow({ report, target }: { report: ReportLine; target: Target }) {
  const { syncStatus, files, driftCount, error, durationMs } = report;
  return (
    <Row>
      <Cell label="Checked">
        <Instant at={report.checkedAt} />
      </Cell>
      <Cell label="Said">
        <StateLabel state={syncStatus} />
      </Cell>
      <Cell label="What">
        {error === undefined ? null : (
          <span class="error">
            <Said text={error} />
          </span>
        )}
        {syncStatus === 'OUT_OF_SYNC' ? (
          <FileNames names={files} count={driftCount} shown={5} rest={reportLink(target, report)} />
        ) : null}
      </Cell>
      <Cell label="Commit">
        <Commit id={report.commit} />
      </Cell>
      <Cell label="Took">{durationMs === undefined ? null : formatSpan(durationMs)}</Cell>
      <Cell label="Run">
        <RunLink url={report.runUrl}>run</RunLink>
      </Cell>
    </Row>
  );
}

/** The API has the whole report. */
function reportLink({ repo, server }: Target, { checkedAt }: ReportLine): string {
  const [from, to] = [formatInstant(checkedAt), formatInstant(checkedAt + SECOND)];
  return linkTo('/api/v1/reports', { repo, server, from, to });
}
