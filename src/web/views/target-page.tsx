import { targetKey } from '../../domain/target.ts';
import { Differs } from './differs.tsx';
import { DriftTable } from './drift-table.tsx';
import { ExportSection } from './export.tsx';
import { Figures } from './figures.tsx';
import { IncidentTable } from './incident-table.tsx';
import { LanesPicture } from './lanes.tsx';
import { type Frame, Page } from './layout.tsx';
import { fileLink, linkTo, targetLink } from './links.ts';
import { RangeNav, SPAN_WORDS } from './range-nav.tsx';
import { Recurring } from './recurring.tsx';
import { ReportTable } from './report-table.tsx';
import { StateLabel } from './state.tsx';
import { TargetActions } from './target-actions.tsx';
import { TargetNowFacts } from './target-now.tsx';
import type { TargetView } from './target-view.ts';
import { Duration } from './time.tsx';
import { formatShare, formatSpan, STATE_WORDS } from './words.ts';

/** The page of one target: its state now, its history and its reports. */
export function targetPage(view: TargetView, frame: Frame) {
  const { target } = view;
  const { state, repo, server } = target;
  return (
    <Page
      frame={frame}
      title={`${STATE_WORDS[state]}: ${repo} on ${server}`}
      json={linkTo('/api/v1/status', { repo, server })}
    >
      <p class="crumbs">
        <a href="/">Fleet</a> / <a href={linkTo('/', { repo })}>{repo}</a> /
      </p>
      <h1>{server}</h1>
      <p class="headline" data-target={targetKey(target)} data-state={state}>
        <StateLabel state={state} />
        {state === 'OUT_OF_SYNC' || target.incident === undefined ? ' for ' : ', with an incident open for '}
        <Duration since={target.since} now={frame.now} />
      </p>
      <TargetActions target={target} />
      <TargetNowFacts target={target} now={frame.now} />
      <History view={view} />
      <Differs target={target} />
      <Recurring recurrences={view.recurrences} span={view.span} withTarget={false} />
      <Incidents view={view} now={frame.now} />
      <Files view={view} />
      <Reports view={view} />
      <ExportSection view={view} />
    </Page>
  );
}

function History({ view }: { view: TargetView }) {
  const { target, span, compliance } = view;
  const { inSyncRatio, coverage, medianTimeToResolveMs: median, meanTimeToResolveMs: mean } = compliance;
  return (
    <section aria-labelledby="history">
      <div class="head">
        <h2 id="history">The last {SPAN_WORDS[span]}</h2>
        <RangeNav chosen={span} linkTo={(range) => targetLink(target, { range })} />
      </div>
      <LanesPicture lanes={view.lanes} />
      <Figures
        figures={[
          { name: 'In sync', value: formatShare(inSyncRatio), note: 'of the time that was known' },
          { name: 'Coverage', value: formatShare(coverage), note: 'of the time was known' },
          { name: 'Incidents', value: compliance.incidents },
          {
            name: 'Median time to resolve',
            value: median === undefined ? 'none resolved' : formatSpan(median),
          },
          { name: 'Mean time to resolve', value: mean === undefined ? 'none resolved' : formatSpan(mean) },
        ]}
      />
    </section>
  );
}

function Incidents({
  view: { target, incidents, incidentCount, span },
  now,
}: {
  view: TargetView;
  now: number;
}) {
  const { repo, server } = target;
  return (
    <section aria-labelledby="incidents">
      <h2 id="incidents">Incidents</h2>
      {incidents.length === 0 ? (
        <p class="none">None in the last {SPAN_WORDS[span]}.</p>
      ) : (
        <IncidentTable caption="Incidents of this target" rows={incidents} withTarget={false} now={now} />
      )}
      {incidentCount > incidents.length ? (
        <p>
          <a href={linkTo('/incidents', { repo, server, range: span })}>All {incidentCount} incidents</a>
        </p>
      ) : null}
    </section>
  );
}

function Files({ view: { files, span } }: { view: TargetView }) {
  if (files.length === 0) return null;
  const rows = files.map((drift) => ({
    ...drift,
    words: drift.name,
    href: fileLink(drift.name, { range: span }),
  }));
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files that drift most</h2>
      <DriftTable caption="Files that drift most" what="File" rows={rows} />
    </section>
  );
}

function Reports({ view }: { view: TargetView }) {
  const { target, span, reports, isLater, nextCursor } = view;
  return (
    <section aria-labelledby="reports">
      <h2 id="reports">Reports</h2>
      {reports.length === 0 ? (
        <p class="none">None in the last {SPAN_WORDS[span]}.</p>
      ) : (
        <ReportTable reports={reports} target={target} />
      )}
      <nav class="paging" aria-label="Pages of the reports">
        {isLater ? <a href={`${targetLink(target, { range: span })}#reports`}>Newest</a> : null}
        {nextCursor === undefined ? null : (
          <a rel="next" href={`${targetLink(target, { range: span, cursor: nextCursor })}#reports`}>
            Older
          </a>
        )}
      </nav>
    </section>
  );
}
