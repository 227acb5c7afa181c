import { formatInstant } from '../../domain/instant.ts';
import type { State } from '../../domain/state.ts';
import { Axis } from './axis.tsx';
import { fleetLink } from './fleet-links.ts';
import type { FleetQuery, FleetView, TimeColumn, TimeColumns } from './fleet-view.ts';
import { Glyph } from './state.tsx';
import { formatMinute, formatShare, STATE_WORDS } from './words.ts';

type Overview = Extract<FleetView['shown'], { kind: 'overview' }>;

const ORDER: readonly State[] = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE', 'SYNCED'];

/** How much of the fleet is in sync, and how much was not in the last days. */
export function FleetSummary({ view, overview }: { view: FleetView; overview: Overview }) {
  const { query, targets, counts } = view;
  return (
    <div class="hero">
      <div>
        <p class="small">{query.at === undefined ? 'In sync now' : 'In sync then'}</p>
        <p class="big">
          {wholePercent(overview.synced, targets)}
          <small>
            {' '}
            % of {targets.toLocaleString('en')} {targets === 1 ? 'target' : 'targets'}
          </small>
        </p>
        <nav class="tally" aria-label="States">
          {ORDER.map((state) => (
            <a href={fleetLink(query, { state: [state] })}>
              <span class={`state ${state}`}>
                <Glyph state={state} />
                {STATE_WORDS[state]}
              </span>{' '}
              <b>{counts[state].toLocaleString('en')}</b>
            </a>
          ))}
        </nav>
      </div>
      <Ribbon query={query} times={overview.times} />
    </div>
  );
}

/** Cut, never rounded up: 99.96 is not 100. */
function wholePercent(part: number, all: number): string {
  const percent = (part / all) * 100;
  return percent > 99 && percent < 100 ? String(Math.floor(percent * 10) / 10) : String(Math.floor(percent));
}

function Ribbon({ query, times }: { query: FleetQuery; times: TimeColumns }) {
  const { range, words: span, columns, top, inSyncRatio, coverage } = times;
  return (
    <figure class="ribbon">
      <div class="section">
        <h2>Not in sync, share of the fleet, the last {span}</h2>
        <p>
          {inSyncRatio === undefined ? (
            'No data'
          ) : (
            <>
              <b>{formatShare(inSyncRatio)}</b> in sync over {span}
            </>
          )}
          {coverage === undefined ? '' : `, ${formatShare(coverage)} of the time known`}
        </p>
      </div>
      <div class="scale" aria-hidden="true">
        <span>{top * 100} %</span>
        <span>{top * 50} %</span>
        <svg class="columns" aria-hidden="true">
          {columns.map((column, i) => (
            <Column {...{ query, column, times }} at={i} />
          ))}
        </svg>
      </div>
      <Axis range={range} />
    </figure>
  );
}

/** As in other pictures, stale is hollow. */
const FILL = { OUT_OF_SYNC: 'currentColor', UNKNOWN: 'url(#hatch-UNKNOWN)', STALE: 'none' } as const;
/** The share of a column that is drawn; the rest is the gap to the next. */
const DRAWN = 0.88;

interface ColumnProps {
  readonly query: FleetQuery;
  readonly column: TimeColumn;
  readonly times: TimeColumns;
  readonly at: number;
}

/** For the mouse; the form of an instant does the same for keys and touch. The newest column leads to now. */
function Column({ query, column: { from, to, shares }, times: { columns, top, range }, at }: ColumnProps) {
  const width = 100 / columns.length;
  const isShown = query.at !== undefined && from < query.at && query.at <= to;
  let above = 100;
  const words = shares === undefined ? 'no data' : inWords(shares);
  return (
    <a
      tabindex={-1}
      href={fleetLink(query, { at: to === range.to ? undefined : to })}
      class={isShown ? 'is-shown' : undefined}
    >
      <rect class="hit" x={percent(at * width)} width={percent(width)} height="100%" />
      {(['OUT_OF_SYNC', 'UNKNOWN', 'STALE'] as const).map((state) => {
        const height = ((shares?.[state] ?? 0) / top) * 100;
        if (height === 0) return null;
        above -= height;
        return (
          <rect
            class={state}
            x={percent(at * width)}
            width={percent(width * DRAWN)}
            y={percent(above)}
            height={percent(height)}
            fill={FILL[state]}
          />
        );
      })}
      <title data-words={words} data-at={formatInstant(from)} data-until={formatInstant(to)}>
        {`${words} from ${formatMinute(from)} to ${formatMinute(to)}`}
      </title>
    </a>
  );
}

function inWords(shares: NonNullable<TimeColumn['shares']>): string {
  return ORDER.map((state) => `${formatShare(shares[state])} ${STATE_WORDS[state].toLowerCase()}`).join(', ');
}

function percent(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}
