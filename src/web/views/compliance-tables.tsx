import type { Compliance } from '../../domain/questions/compliance.ts';
import { type ComplianceView, complianceLink, type GroupLine, groupLink } from './compliance-view.ts';
import {
  groupingWords,
  groupWords,
  inSyncWords,
  knownWords,
  monthWords,
  shortMonth,
} from './compliance-words.ts';
import { StripPicture } from './strip.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { formatSpan } from './words.ts';

/** Compliance by group and month, the newest on the left. It is wide: on a phone it is scrolled sideways. */
export function MonthTable({ view }: { view: ComplianceView }) {
  const { months, lines, now } = view;
  const byName = [...lines].sort((a, b) => (groupWords(a.group, view) < groupWords(b.group, view) ? -1 : 1));
  return (
    // A scrollable area must be reachable by the keyboard.
    <section class="scroll" aria-label="By month" tabindex={0}>
      <Table
        caption="By month"
        kind="heat"
        heads={[groupingWords(view), ...months.map((month) => <Head>{monthHead(month, now)}</Head>)]}
      >
        {byName.map((line) => (
          <MonthRow line={line} view={view} name={groupWords(line.group, view)} />
        ))}
        {view.grouping.by === 'all' ? null : (
          <Row kind="sum">
            <RowHead>All</RowHead>
            {view.all.cells.map((compliance, i) => (
              <Cell>
                <SumCell compliance={compliance} view={view} month={months[i]?.name} />
              </Cell>
            ))}
          </Row>
        )}
      </Table>
    </section>
  );
}

function SumCell({
  compliance,
  view,
  month,
}: {
  compliance: Compliance | undefined;
  view: ComplianceView;
  month: string | undefined;
}) {
  if (compliance === undefined) return <span class="none">{inSyncWords(compliance)}</span>;
  return (
    <a
      href={complianceLink(view.query, { month })}
      {...(month === view.month.name ? { 'aria-current': 'true' } : {})}
    >
      {inSyncWords(compliance)}
    </a>
  );
}

function MonthRow({ line, view, name }: { line: GroupLine; view: ComplianceView; name: string }) {
  return (
    <Row>
      <RowHead>
        <bdi>{name}</bdi>
      </RowHead>
      {line.cells.map((compliance, i) => (
        <Cell {...(compliance && { title: `${knownWords(compliance)} of the time was known` })}>
          <MonthCell compliance={compliance} href={groupLink(view, line.group, view.months[i]?.name ?? '')} />
        </Cell>
      ))}
    </Row>
  );
}

function MonthCell({ compliance, href }: { compliance: Compliance | undefined; href: string | undefined }) {
  const words = inSyncWords(compliance);
  if (compliance === undefined) return <span class="none">{words}</span>;
  return href === undefined ? (
    <span class={heatOf(compliance)}>{words}</span>
  ) : (
    <a class={heatOf(compliance)} href={href}>
      {words}
    </a>
  );
}

/** How bad a month was, in four steps; the figure is exact. */
export function heatOf({ inSyncRatio }: Compliance): 'best' | 'good' | 'poor' | 'bad' | undefined {
  if (inSyncRatio === undefined) return undefined;
  if (inSyncRatio >= 0.99) return 'best';
  if (inSyncRatio >= 0.97) return 'good';
  return inSyncRatio >= 0.9 ? 'poor' : 'bad';
}

export function monthHead(month: ComplianceView['month'], now: number): string {
  return month.to > now ? `${shortMonth(month)} so far` : shortMonth(month);
}

/** The time of the month in each state, group by group, the worst first. */
export function TimeTable({ view }: { view: ComplianceView }) {
  return (
    <Table
      caption={`Where the time went in ${monthWords(view.month)}`}
      kind="time-spent"
      heads={[
        groupingWords(view),
        ...['In sync', 'Known'].map(toNumberHead),
        'Where the time went',
        ...['Out of sync', 'Incidents', 'Median to resolve'].map(toNumberHead),
      ]}
    >
      {view.lines.map(({ group, chosen }) => (
        <TimeRow
          name={groupWords(group, view)}
          href={groupLink(view, group, view.month.name)}
          spent={chosen}
        />
      ))}
    </Table>
  );
}

function toNumberHead(words: string) {
  return <Head kind="num">{words}</Head>;
}

interface TimeRowProps {
  readonly name: string;
  readonly href: string | undefined;
  readonly spent: Compliance | undefined;
}

function TimeRow({ name, href, spent }: TimeRowProps) {
  const median = spent?.medianTimeToResolveMs;
  return (
    <Row>
      <RowHead kind="name">
        {href === undefined ? (
          <bdi>{name}</bdi>
        ) : (
          <a href={href}>
            <bdi>{name}</bdi>
          </a>
        )}
      </RowHead>
      <Cell kind="num when">
        <b>{inSyncWords(spent)}</b>
      </Cell>
      <Cell kind="num off">{knownWords(spent)}</Cell>
      <Cell kind="bar">{spent === undefined ? null : <TimeBar spent={spent} what={name} />}</Cell>
      <Cell kind="num off">{spent === undefined ? '–' : formatSpan(spent.ms.OUT_OF_SYNC)}</Cell>
      <Cell kind="num off">{spent?.incidents ?? 0}</Cell>
      <Cell kind="num off">{median === undefined ? '–' : formatSpan(median)}</Cell>
    </Row>
  );
}

function TimeBar({ spent: { ms, trackedMs }, what }: { spent: Compliance; what: string }) {
  return <StripPicture strip={{ range: { from: 0, to: trackedMs }, spans: spansOf(ms), ms }} what={what} />;
}

const IN_ORDER = ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN', 'STALE'] as const;

/** The states one after the other, each as long as it lasted in total. */
export function spansOf(ms: Compliance['ms']) {
  let end = 0;
  return IN_ORDER.filter((state) => ms[state] > 0).map((value) => {
    const from = end;
    end += ms[value];
    return { value, from, to: end };
  });
}
