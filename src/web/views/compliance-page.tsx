import { ComplianceForm } from './compliance-form.tsx';
import { MonthTable, TimeTable } from './compliance-tables.tsx';
import { type ComplianceView, complianceLink, complianceRows } from './compliance-view.ts';
import {
  detailsOf,
  groupingWords,
  headlineOf,
  inSyncWords,
  knownWords,
  monthName,
  monthWords,
  pointsBetween,
} from './compliance-words.ts';
import { Figures } from './figures.tsx';
import { type Frame, Page } from './layout.tsx';
import { Paging } from './paging.tsx';
import { formatSpan } from './words.ts';

export function compliancePage(view: ComplianceView, frame: Frame) {
  const { query, month, lines, page, pages } = view;
  const title = headlineOf(view);
  const grouping = groupingWords(view);
  return (
    <Page
      frame={frame}
      title={title}
      here="compliance"
      style="report"
      isLive={false}
      json={complianceRows(view)}
    >
      <div class="head">
        <h1>{title}</h1>
        <Offers view={view} />
      </div>
      <p class="sub">{detailsOf(view)}</p>
      <ComplianceForm view={view} />
      <Summary view={view} />
      {lines.length === 0 ? null : (
        <>
          <section aria-labelledby="months">
            <div class="head">
              <h2 id="months">{grouping === 'All' ? 'By month' : `${grouping} by month`}</h2>
              <p class="quiet">Open a month to see its targets</p>
            </div>
            <MonthTable view={view} />
          </section>
          <section aria-labelledby="time">
            <div class="head">
              <h2 id="time">{monthWords(month)}: where the time went</h2>
              <p class="quiet">Worst first</p>
            </div>
            <TimeTable view={view} />
            {pages === 1 ? null : (
              <Paging page={page} pages={pages} linkTo={(page) => complianceLink(query, { page })}>
                The worst first
              </Paging>
            )}
          </section>
        </>
      )}
    </Page>
  );
}

/** The script adds the button for printing. */
function Offers({ view }: { view: ComplianceView }) {
  const { query, labelKeys } = view;
  const [key] = labelKeys;
  const groupings = [
    ['repo', 'By repo'],
    ['target', 'By target'],
    ...(key === undefined
      ? []
      : [[query.by.startsWith('label:') ? query.by : `label:${key}`, 'By label'] as const]),
  ] as const;
  return (
    <div class="offers" data-print="">
      <nav class="ranges" aria-label="Grouping">
        {groupings.map(([by, words]) => (
          <a href={complianceLink(query, { by })} {...(by === query.by ? { 'aria-current': 'true' } : {})}>
            {words}
          </a>
        ))}
      </nav>
      <a href={complianceRows(view, 'csv')} download="compliance.csv">
        CSV
      </a>
      <a href={complianceLink(query, {}, '/compliance.svg')} download="compliance.svg">
        SVG
      </a>
    </div>
  );
}

function Summary({ view: { all, months, month } }: { view: ComplianceView }) {
  const { chosen, before } = all;
  const last = months[months.findIndex(({ name }) => name === month.name) + 1];
  const median = chosen?.medianTimeToResolveMs;
  const points = pointsBetween(before, chosen);
  return (
    <Figures
      figures={[
        { name: 'In sync', value: inSyncWords(chosen) },
        { name: 'Known', value: knownWords(chosen) },
        { name: 'Incidents', value: chosen?.incidents ?? 0 },
        {
          name: 'Median time to resolve',
          value: median === undefined ? 'none resolved' : formatSpan(median),
        },
        ...(last === undefined
          ? []
          : [
              {
                name: monthName(last.name),
                value: inSyncWords(before),
                ...(points === undefined ? {} : { note: `${points} since` }),
              },
            ]),
      ]}
    />
  );
}
