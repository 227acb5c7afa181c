import { FileNames } from './file-names.tsx';
import { Commit, RunLink } from './pipeline.tsx';
import { Said } from './shown.tsx';
import { StateLabel } from './state.tsx';
import type { ReportLine } from './target-view.ts';
import { Instant } from './time.tsx';
import { formatSpan } from './words.ts';

/** The reports, newest first. */
export function ReportTable({ reports }: { reports: readonly ReportLine[] }) {
  return (
    <table class="reports">
      <caption class="unseen">Reports, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Checked</th>
          <th scope="col">Said</th>
          <th scope="col">What</th>
          <th scope="col">Commit</th>
          <th scope="col">Took</th>
          <th scope="col">Run</th>
        </tr>
      </thead>
      <tbody>
        {reports.map((report) => (
          <Row report={report} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ report }: { report: ReportLine }) {
  const { syncStatus, files, driftCount, error, durationMs } = report;
  return (
    <tr>
      <td data-label="Checked">
        <Instant at={report.checkedAt} />
      </td>
      <td data-label="Said">
        <StateLabel state={syncStatus} />
      </td>
      <td data-label="What">
        {error === undefined ? null : (
          <span class="error">
            <Said text={error} />
          </span>
        )}
        {syncStatus === 'OUT_OF_SYNC' ? <FileNames names={files} count={driftCount} shown={5} /> : null}
      </td>
      <td data-label="Commit">
        <Commit id={report.commit} />
      </td>
      <td data-label="Took">{durationMs === undefined ? null : formatSpan(durationMs)}</td>
      <td data-label="Run">
        <RunLink url={report.runUrl}>run</RunLink>
      </td>
    </tr>
  );
}
