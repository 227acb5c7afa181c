import { formatInstant, type Range } from '../../domain/instant.ts';
import type { State } from '../../domain/state.ts';
import { formatMinute, STATE_WORDS } from './words.ts';

/** A shape and a word: the colour only repeats them. Needs the page's `Sprite`. */
export function StateLabel({ state }: { state: State }) {
  return (
    <span class={`state ${state}`}>
      <Glyph state={state} />
      {STATE_WORDS[state]}
    </span>
  );
}

export function Glyph({ state }: { state: State }) {
  return (
    <svg class="glyph" aria-hidden="true">
      <use href={`#glyph-${state}`} />
    </svg>
  );
}

/** An icon that is not a state. */
export function Icon({ of }: { of: 'mark' | 'find' | 'more' | 'bell' | 'eye' | 'out' | 'message' }) {
  return (
    <svg class="i" aria-hidden="true">
      <use href={`#${of}`} />
    </svg>
  );
}

/** A span in a picture. Its shape shows the state as well as its colour does. Needs the page's `Sprite`. */
export function StateBar({ state, x, width, told }: StateBarProps) {
  const { y, height, fill } = BARS[state];
  return (
    <rect class={state} x={x} y={y} width={width} height={height} fill={fill}>
      {told === undefined ? null : (
        <title data-words={told.words} data-at={formatInstant(told.from)} data-until={formatInstant(told.to)}>
          {`${told.words} from ${formatMinute(told.from)} to ${formatMinute(told.to)}`}
        </title>
      )}
    </rect>
  );
}

interface StateBarProps {
  readonly state: State;
  readonly x: string;
  readonly width: string;
  /** For the tooltip. */
  readonly told?: Range & { readonly words: string };
}

const BARS: Readonly<Record<State, { readonly y: string; readonly height: string; readonly fill: string }>> =
  {
    OUT_OF_SYNC: { y: '0', height: '100%', fill: 'currentColor' },
    UNKNOWN: { y: '0', height: '100%', fill: 'url(#hatch-UNKNOWN)' },
    // Hollow: the style draws its edge.
    STALE: { y: '4%', height: '92%', fill: 'none' },
    SYNCED: { y: '65%', height: '35%', fill: 'currentColor' },
  };

/** Shapes that the pictures of a page share. They are part of the page. */
export function Sprite() {
  return (
    <svg class="sprite" width="0" height="0" aria-hidden="true">
      <symbol id="glyph-OUT_OF_SYNC" viewBox="0 0 16 16">
        <path
          fill="currentColor"
          fill-rule="evenodd"
          d="M8 .6 15.4 8 8 15.4.6 8zM7.1 4.2l.2 5h1.4l.2-5zm0 6.2v1.7h1.8v-1.7z"
        />
      </symbol>
      <symbol id="glyph-UNKNOWN" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" stroke-width="1.6">
          <circle cx="8" cy="8" r="6.7" />
          <path d="M5.9 6.3a2.1 2.1 0 1 1 3.2 1.8c-.8.5-1.1.8-1.1 1.7m0 1.1v1.6" />
        </g>
      </symbol>
      <symbol id="glyph-STALE" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" stroke-width="1.6">
          <circle cx="8" cy="8" r="6.7" stroke-dasharray="2.4 1.8" />
          <path d="M8 4.2V8l2.6 1.7" />
        </g>
      </symbol>
      <symbol id="glyph-SYNCED" viewBox="0 0 16 16">
        <path fill="none" stroke="currentColor" stroke-width="2" d="m2.5 8.6 3.6 3.6 7.4-8" />
      </symbol>
      <symbol id="mark" viewBox="0 0 18 18">
        <rect
          x="1"
          y="1"
          width="11"
          height="11"
          rx="2.5"
          fill="none"
          stroke="currentColor"
          stroke-width="1.8"
        />
        <rect x="6" y="6" width="11" height="11" rx="2.5" fill="currentColor" />
      </symbol>
      <symbol id="find" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" stroke-width="1.5">
          <circle cx="7" cy="7" r="4.5" />
          <path d="m10.5 10.5 3.5 3.5" />
        </g>
      </symbol>
      <symbol id="more" viewBox="0 0 16 16">
        <path fill="none" stroke="currentColor" stroke-width="1.6" d="m6 3.5 4.5 4.5L6 12.5" />
      </symbol>
      <symbol id="bell" viewBox="0 0 16 16">
        <path
          fill="none"
          stroke="currentColor"
          stroke-width="1.4"
          d="M8 2a4 4 0 0 0-4 4c0 3-1.3 4.4-1.3 5.2h10.6C13.3 10.4 12 9 12 6a4 4 0 0 0-4-4zM6.5 13.5h3M2 2l12 12"
        />
      </symbol>
      <symbol id="eye" viewBox="0 0 16 16">
        <g fill="none" stroke="currentColor" stroke-width="1.4">
          <path d="M4.5 8.2 7 10.7l4.5-5" />
          <circle cx="8" cy="8" r="6.5" />
        </g>
      </symbol>
      <symbol id="message" viewBox="0 0 16 16">
        <path fill="none" stroke="currentColor" stroke-width="1.4" d="M2 3h12v8H7l-3 2.5V11H2z" />
      </symbol>
      <symbol id="out" viewBox="0 0 16 16">
        <path
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          d="M6 3.5H3.5v9h9V10M9 3h4v4M13 3 7.5 8.5"
        />
      </symbol>
      <symbol id="scheme" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path fill="currentColor" d="M8 1.8v12.4A6.2 6.2 0 0 0 8 1.8z" />
      </symbol>
      <Hatch state="UNKNOWN" d="M-1 1l2-2M0 6l6-6M5 7l2-2" />
      <Hatch state="OUT_OF_SYNC" d="M-1 1l2-2M0 6l6-6M5 7l2-2" />
    </svg>
  );
}

function Hatch({ state, d }: { state: State; d: string }) {
  return (
    <pattern id={`hatch-${state}`} class={state} width="6" height="6" patternUnits="userSpaceOnUse">
      <path d={d} fill="none" stroke="currentColor" stroke-width="2" />
    </pattern>
  );
}
