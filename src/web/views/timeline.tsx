import { formatInstant, type Range } from '../../domain/instant.ts';
import type { CommitChange } from '../../domain/questions/commit-change.ts';
import { STATES } from '../../domain/state.ts';
import { Axis } from './axis.tsx';
import { Glyph, StateBar } from './state.tsx';
import { percentOf } from './strip.tsx';
import type { TargetView } from './target-view.ts';
import { formatMinute, formatSpan, plural, STATE_WORDS, shortCommit } from './words.ts';

/** A target over a range: its states, how many files differed, and its new commits, all on one axis. */
export function Timeline({ view }: { view: TargetView }) {
  const { range, compliance, commitChanges } = view;
  const { ms } = compliance;
  const lasted = STATES.filter((state) => ms[state] > 0);
  return (
    <figure class="timeline panel">
      <figcaption>
        {lasted.map((state) => (
          <span class={`state ${state}`}>
            <Glyph state={state} />
            {STATE_WORDS[state]} {formatSpan(ms[state])}
          </span>
        ))}
        {commitChanges.length === 0 ? null : <span>{plural(commitChanges.length, 'new commit')}</span>}
      </figcaption>
      <div class="lanes">
        <States view={view} />
        <Drift range={range} spans={view.drift} />
        <Commits view={view} />
        <span />
        <Axis range={range} />
      </div>
    </figure>
  );
}

function States({ view: { range, states, isExact, commitChanges, compliance } }: { view: TargetView }) {
  const { ms } = compliance;
  const words = STATES.filter((state) => ms[state] > 0).map(
    (state) => `${STATE_WORDS[state].toLowerCase()} ${formatSpan(ms[state])}`,
  );
  return (
    <>
      <span class="lane">State</span>
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
            {...(isExact ? { told: { words: STATE_WORDS[value], from, to } } : {})}
          />
        ))}
      </svg>
    </>
  );
}

function Commits({ view: { range, commitChanges } }: { view: TargetView }) {
  if (commitChanges.length === 0) return null;
  return (
    <>
      <span class="lane">Commits</span>
      <svg class="commits" aria-hidden="true">
        {commitChanges.map((change) => (
          <CommitMark change={change} range={range} />
        ))}
      </svg>
    </>
  );
}

function CommitMark({ change: { commit, at }, range }: { change: CommitChange; range: Range }) {
  const words = `New commit ${shortCommit(commit)}, first checked`;
  return (
    <rect x={percentOf(at, range)} y="0" width="3" height="100%">
      <title data-words={words} data-at={formatInstant(at)}>{`${words} ${formatMinute(at)}`}</title>
    </rect>
  );
}

interface DriftProps {
  readonly range: Range;
  readonly spans: TargetView['drift'];
}

/** How many files differed; hatched where they were not counted, nothing where no drift was known. */
function Drift({ range, spans }: DriftProps) {
  const most = Math.max(0, ...spans.map(({ value }) => value ?? 0));
  const isCounted = spans.every(({ value }) => value !== null);
  if (most === 0 && isCounted) return null;
  const words = most === 0 ? 'not counted' : `at most ${most}${isCounted ? '' : ' where they were counted'}`;
  return (
    <>
      <span class="lane">
        Files<small>{words}</small>
      </span>
      <svg class="drift" role="img" aria-label={`Files that differ over time, ${words}`}>
        {spans
          .filter(({ value }) => value !== 0)
          .map((span) => (
            <DriftBar share={span.value === null ? 1 : span.value / most} span={span} range={range} />
          ))}
      </svg>
    </>
  );
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
      <title>{value === null ? 'drifted, not counted' : plural(value, 'file')}</title>
    </rect>
  );
}
