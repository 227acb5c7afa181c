import { heatOf, monthHead, spansOf } from './compliance-tables.tsx';
import type { ComplianceView, GroupLine } from './compliance-view.ts';
import { detailsOf, groupingWords, groupWords, headlineOf, inSyncWords } from './compliance-words.ts';

// A picture for documents and mails: it includes the light colours of the pages.

const WIDTH = 960;
const MARGIN = 24;
const NAME_WIDTH = 200;
const ROW = 28;
const TOP = 84;
const BAR = { x: 720, width: WIDTH - MARGIN - 720, height: 10 };
const COLUMN_END = BAR.x - MARGIN;

const HEAT = { best: '#eff6f2', good: '#f7f1ee', poor: '#fdf1ee', bad: '#f4cfc9' } as const;
const FILL = {
  SYNCED: '#c2ddcc',
  OUT_OF_SYNC: '#d8452f',
  UNKNOWN: 'url(#unknown)',
  STALE: '#f1f2f4',
} as const;
const [TEXT, MUTED, LINE] = ['#17191c', '#5b6169', '#e3e3df'];

/** Compliance by group and month and the time in each state, as SVG. */
export function compliancePicture(view: ComplianceView): string {
  const { months, lines, all, now, grouping } = view;
  const rows = grouping.by === 'all' ? [all] : [...lines, all];
  const height = TOP + (rows.length + 1) * ROW + MARGIN;
  const column = (COLUMN_END - NAME_WIDTH - MARGIN) / months.length;
  const picture = (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width={WIDTH}
      height={height}
      viewBox={`0 0 ${WIDTH} ${height}`}
      font-family="Geist, system-ui, sans-serif"
      font-size="13"
      fill={TEXT}
      role="img"
    >
      <title>{headlineOf(view)}</title>
      <pattern id="unknown" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="4" height="4" fill="#fcf5e6" />
        <rect width="2" height="4" fill="#b67a14" />
      </pattern>
      <rect width={WIDTH} height={height} fill="#ffffff" />
      <text x={MARGIN} y="34" font-size="20" font-weight="600">
        {headlineOf(view)}
      </text>
      <text x={MARGIN} y="56" fill={MUTED} font-size="11">
        {detailsOf(view)}
      </text>
      <g fill={MUTED} font-size="11">
        <text x={MARGIN} y={TOP + 18}>
          {groupingWords(view)}
        </text>
        {months.map((month, i) => (
          <text x={endOf(i)} y={TOP + 18} text-anchor="end">
            {monthHead(month, now)}
          </text>
        ))}
        <text x={BAR.x} y={TOP + 18}>
          Where the time went
        </text>
      </g>
      {rows.map((line, i) => (
        <PictureRow line={line} view={view} y={TOP + (i + 1) * ROW} endOf={endOf} column={column} />
      ))}
    </svg>
  );
  return picture.toString();

  function endOf(place: number): number {
    return MARGIN + NAME_WIDTH + (place + 1) * column - 8;
  }
}

interface PictureRowProps {
  readonly line: GroupLine;
  readonly view: ComplianceView;
  readonly y: number;
  /** The right edge of a month's figure. */
  readonly endOf: (place: number) => number;
  readonly column: number;
}

function PictureRow({ line, view, y, endOf, column }: PictureRowProps) {
  const name = groupWords(line.group, view);
  const { ms, trackedMs } = line.chosen ?? { ms: undefined, trackedMs: 0 };
  const xOf = (at: number) => (trackedMs === 0 ? 0 : (at / trackedMs) * BAR.width);
  return (
    <>
      <path d={`M${MARGIN} ${y}H${WIDTH - MARGIN}`} stroke={LINE} />
      <text x={MARGIN} y={y + 18} font-weight="600">
        {name.length > 26 ? `${name.slice(0, 25)}…` : name}
      </text>
      {line.cells.map((compliance, i) => {
        const heat = compliance && heatOf(compliance);
        return (
          <>
            {heat === undefined || line === view.all ? null : (
              <rect
                x={endOf(i) - column + 14}
                y={y + 3}
                width={column - 8}
                height={ROW - 6}
                rx="4"
                fill={HEAT[heat]}
              />
            )}
            <text x={endOf(i)} y={y + 18} text-anchor="end">
              {inSyncWords(compliance)}
            </text>
          </>
        );
      })}
      {ms === undefined
        ? null
        : spansOf(ms).map(({ value, from, to }) => (
            <rect
              x={BAR.x + xOf(from)}
              y={y + 9}
              width={xOf(to - from)}
              height={BAR.height}
              fill={FILL[value]}
              {...(value === 'STALE' ? { stroke: '#7d8691' } : {})}
            />
          ))}
    </>
  );
}
