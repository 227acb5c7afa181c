import type { FileDrift } from '../../domain/questions/file-drift.ts';
import { shownName } from '../../domain/shown.ts';
import type { Target } from '../../domain/target.ts';
import { DriftTable } from './drift-table.tsx';
import { type IncidentRow, IncidentTable } from './incident-table.tsx';
import { type Frame, Page } from './layout.tsx';
import { fileLink, targetLink } from './links.ts';
import { RangeNav, SPAN_WORDS, type Span } from './range-nav.tsx';
import { Name } from './shown.tsx';
import { plural } from './words.ts';

export interface FileView {
  readonly name: string;
  readonly span: Span;
  /** The targets on which it differed, the longest first. */
  readonly drifts: readonly (FileDrift & { readonly target: Target })[];
  /** The newest incidents with this file. */
  readonly incidents: readonly IncidentRow[];
  readonly matching: number;
}

/** The page of one file: where and when it differed. */
export function filePage({ name, span, drifts, incidents, matching }: FileView, frame: Frame) {
  const open = drifts.filter((drift) => drift.open).length;
  const answer = open === 0 ? 'differs on no target' : `differs on ${plural(open, 'target')}`;
  const rows = drifts.map((drift) => ({
    ...drift,
    words: `${drift.target.repo} on ${drift.target.server}`,
    href: targetLink(drift.target, { range: span }),
  }));
  return (
    <Page frame={frame} title={`${shownName(name)} ${answer}`} json="/api/v1/files">
      <p class="crumbs">
        <a href="/">Fleet</a> / File
      </p>
      <div class="head">
        <h1>
          <span class="file-name">
            <Name of={name} />
          </span>{' '}
          {answer}
        </h1>
        <RangeNav chosen={span} linkTo={(range) => fileLink(name, { range })} />
      </div>
      {drifts.length === 0 ? (
        <p class="none">No target reported it as differing in the last {SPAN_WORDS[span]}.</p>
      ) : (
        <>
          <p>
            It differed on {plural(drifts.length, 'target')} in the last {SPAN_WORDS[span]}.
          </p>
          <DriftTable caption="Targets on which it differed" what="Target" rows={rows} now={frame.now} />
          <h2>Incidents</h2>
          <IncidentTable caption="Incidents with this file" rows={incidents} now={frame.now} />
          {matching > incidents.length ? (
            <p>
              The newest {incidents.length} of {matching}.
            </p>
          ) : null}
        </>
      )}
    </Page>
  );
}
