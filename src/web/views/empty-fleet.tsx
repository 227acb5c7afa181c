import { formatInstant } from '../../domain/instant.ts';

/** Shown before the first report: how to begin. */
export function EmptyFleet({ publicUrl, now }: { publicUrl: string; now: number }) {
  const report = {
    repo: 'rsyslog',
    server: 'rsyslog-lab',
    sync_status: 'OUT_OF_SYNC',
    files: [{ name: 'rsyslog.conf' }],
    last_check: formatInstant(now),
  };
  return (
    <>
      <h1>No reports yet</h1>
      <p>This server shows what drift checks report to it. Make the first target from a shell:</p>
      <pre>
        <code>{`curl -sS '${publicUrl}/api/v1/reports' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(report)}'`}</code>
      </pre>
      <p>
        This page shows it as soon as it arrives. <a href="/docs">The API</a> has every field that a report
        may have.
      </p>
      <noscript>
        <p>Scripts are off: load this page again after the report.</p>
      </noscript>
    </>
  );
}
