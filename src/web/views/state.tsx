import type { State } from '../../domain/state.ts';
import { STATE_WORDS } from './words.ts';

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

/** A span in a picture. Height and hatching show the state as well as the colour. Needs the page's `Sprite`. */
export function StateBar({ state, x, width, title }: StateBarProps) {
  const { y, height, fill } = BARS[state];
  return (
    <rect class={state} x={x} y={y} width={width} height={height} fill={fill}>
      {title === undefined ? null : <title>{title}</title>}
    </rect>
  );
}

interface StateBarProps {
  readonly state: State;
  readonly x: string;
  readonly width: string;
  /** The tooltip. */
  readonly title?: string;
}

const BARS: Readonly<Record<State, { readonly y: string; readonly height: string; readonly fill: string }>> =
  {
    OUT_OF_SYNC: { y: '0', height: '100%', fill: 'currentColor' },
    UNKNOWN: { y: '20%', height: '80%', fill: 'url(#hatch-UNKNOWN)' },
    STALE: { y: '45%', height: '55%', fill: 'url(#hatch-STALE)' },
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
      <Hatch state="UNKNOWN" d="M-1 1l2-2M0 6l6-6M5 7l2-2" />
      <Hatch state="STALE" d="M1 1.5h2M4 4.5h2" />
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
