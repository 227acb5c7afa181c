import type { Range } from '../../domain/instant.ts';
import type { StateSpan } from '../../domain/questions/state-span.ts';
import { STATES, type State } from '../../domain/state.ts';
import { StateBar } from './state.tsx';
import { formatSpan, STATE_WORDS } from './words.ts';

export interface Strip {
  readonly range: Range;
  readonly spans: readonly StateSpan<State>[];
  /** How long each state lasted, exactly. */
  readonly ms: Readonly<Record<State, number>>;
}

/** A small picture of the recent states of a target. */
export function StripPicture({ strip: { range, spans, ms }, what }: { strip: Strip; what: string }) {
  return (
    <svg class="strip" role="img" aria-label={`${what}: ${inWords(ms)}`}>
      {spans.map(({ value, from, to }) => (
        <StateBar state={value} x={percentOf(from, range)} width={percentOf(range.from + to - from, range)} />
      ))}
    </svg>
  );
}

/** The horizontal position of an instant in a picture of a range. */
export function percentOf(at: number, { from, to }: Range): string {
  const percent = to === from ? 0 : ((at - from) / (to - from)) * 100;
  return `${Number(percent.toFixed(2))}%`;
}

function inWords(ms: Strip['ms']): string {
  const lasted = STATES.filter((state) => ms[state] > 0);
  if (lasted.length === 0) return 'nothing known';
  return lasted.map((state) => `${STATE_WORDS[state].toLowerCase()} ${formatSpan(ms[state])}`).join(', ');
}
