import type { Range } from '../../domain/instant.ts';
import type { CommitChange } from '../../domain/questions/commit-change.ts';
import { STATES } from '../../domain/state.ts';
import { Glyph, StateBar } from './state.tsx';
import { percentOf } from './strip.tsx';
import type { TargetView } from './target-view.ts';
import { formatMinute, formatSpan, plural, STATE_WORDS, shortCommit } from './words.ts';

const HOUR = 3_600_000;
/** Distances of the marks under a picture; the smallest one that leaves room for the words is used. */
const TICK_STEPS = [4 * HOUR, 24 * HOUR, 5 * 24 * HOUR, 15 * 24 * HOUR];
const MOST_TICKS = 8;

/** The states of a target over a range, and its new commits. */
export function Timeline({
  view: { range, states, isExact, commitChanges, compliance },
}: {
  view: TargetView;
}) {
  const { ms } = compliance;
  const lasted = STATES.filter((state) => ms[state] > 0);
  const words = lasted.map((state) => `${STATE_WORDS[state].toLowerCase()} ${formatSpan(ms[state])}`);
  return (
    <figure class="timeline">
      <svg
        class="states"
        role="img"
        aria-label={`States: ${words.join(', ')}; ${plural(commitChanges.length, 'new commit')}`}
      >
        {states.map(({ value, from, to }) => (
          <StateBar
            state={value}
            x={percentOf(from, range)}
            width={percentOf(range.from + to - from, range)}
            {...(isExact
              ? { title: `${STATE_WORDS[value]} from ${formatMinute(from)} to ${formatMinute(to)}` }
              : {})}
          />
        ))}
      </svg>
      <svg class="commits" aria-hidden="true">
        {commitChanges.map((change) => (
          <CommitMark change={change} range={range} />
        ))}
      </svg>
      <Axis range={range} />
      <figcaption>
        {lasted.map((state) => (
          <span class={`state ${state}`}>
            <Glyph state={state} />
            {STATE_WORDS[state]} {formatSpan(ms[state])}
          </span>
        ))}
        {commitChanges.length === 0 ? null : <span>▲ {plural(commitChanges.length, 'new commit')}</span>}
      </figcaption>
    </figure>
  );
}

function CommitMark({ change: { commit, at }, range }: { change: CommitChange; range: Range }) {
  return (
    <text x={percentOf(at, range)} y="10" text-anchor="middle">
      ▲<title>{`New commit ${shortCommit(commit)}, first checked ${formatMinute(at)}`}</title>
    </text>
  );
}

interface DriftChartProps {
  readonly range: Range;
  readonly spans: TargetView['drift'];
}

/** How many files differed over a range; hatched where they were not counted, nothing where nobody knew of a drift. */
export function DriftChart({ range, spans }: DriftChartProps) {
  const most = Math.max(0, ...spans.map(({ value }) => value ?? 0));
  const isCounted = spans.every(({ value }) => value !== null);
  if (most === 0 && isCounted) return null;
  const words = most === 0 ? 'not counted' : `at most ${most}${isCounted ? '' : ' where they were counted'}`;
  return (
    <figure class="drift" {...(isCounted ? plotData({ range, spans }) : {})}>
      <figcaption>Files that differ, {words}</figcaption>
      {isCounted ? <div class="plot" data-keep /> : null}
      <svg role="img" aria-label={`Files that differ over time, ${words}`}>
        {spans
          .filter(({ value }) => value !== 0)
          .map((span) => (
            <DriftBar share={span.value === null ? 1 : span.value / most} span={span} range={range} />
          ))}
      </svg>
      <Axis range={range} />
    </figure>
  );
}

/** For the plot of the script, which knows no hatching. */
function plotData({ range, spans }: DriftChartProps) {
  return {
    'data-from': range.from / 1000,
    'data-to': range.to / 1000,
    'data-drift': JSON.stringify(spans.map(({ from, to, value }) => [from / 1000, to / 1000, value])),
  };
}

function DriftBar({
  share,
  span: { value, from, to },
  range,
}: {
  share: number;
  span: TargetView['drift'][number];
  range: Range;
}) {
  const height = Number((share * 100).toFixed(1));
  return (
    <rect
      class="OUT_OF_SYNC"
      fill={value === null ? 'url(#hatch-OUT_OF_SYNC)' : 'currentColor'}
      x={percentOf(from, range)}
      width={percentOf(range.from + to - from, range)}
      y={`${100 - height}%`}
      height={`${height}%`}
    >
      <title>{value ?? 'drifted, not counted'}</title>
    </rect>
  );
}

function Axis({ range }: { range: Range }) {
  const spanMs = range.to - range.from;
  const stepMs = TICK_STEPS.find((step) => spanMs / step <= MOST_TICKS) ?? spanMs;
  const first = Math.ceil(range.from / stepMs) * stepMs;
  const ticks = Array.from(
    { length: Math.floor((range.to - first) / stepMs) + 1 },
    (_, i) => first + i * stepMs,
  );
  return (
    <svg class="axis" aria-hidden="true">
      {ticks.map((at) => (
        <text x={percentOf(at, range)} y="12" text-anchor="middle" data-at={at}>
          {stepMs < 24 * HOUR ? formatMinute(at).slice(11, 16) : formatMinute(at).slice(5, 10)}
        </text>
      ))}
    </svg>
  );
}
