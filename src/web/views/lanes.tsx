import { formatInstant, type Range } from '../../domain/instant.ts';
import { type CommitMark, type Lanes, lastedWords, type Piece, readingAt, shareOf } from '../models/lanes.ts';
import { Axis } from './axis.tsx';
import { commitLink } from './links.ts';
import { StateBar } from './state.tsx';
import { Instant } from './time.tsx';
import { formatMinute, plural, STATE_WORDS, shortCommit } from './words.ts';

/** The room up to the next commit. With little room a mark has no name beside it, or none on a phone. */
const ROOM_FOR_NAME = 8;
const ROOM_ON_PHONE = 24;

interface LanesProps {
  readonly lanes: Lanes;
  readonly repo: string;
  readonly at?: number | undefined;
}

/**
 * The history of one target: states, files and commits on one axis, with one cursor for all three. The script moves the
 * cursor. Without it the cursor stays at `at`.
 */
export function LanesPicture({ lanes, repo, at }: LanesProps) {
  const { range, readings } = lanes;
  const reading = at === undefined ? undefined : readingAt(lanes, at);
  return (
    <figure class="timeline panel">
      <figcaption class="readout">
        <span class="rest">
          {at === undefined ? (
            lastedWords(lanes.ms)
          ) : (
            <>
              <Instant at={at} />: {reading ?? 'no report yet'}
            </>
          )}
        </span>
        <span class="reading" />
      </figcaption>
      <div
        class="lanes"
        data-from={formatInstant(range.from)}
        data-to={formatInstant(range.to)}
        data-readings={JSON.stringify(readings.map(({ value, from, to }) => [from, to, value]))}
      >
        <span class="lane">State</span>
        <States lanes={lanes} />
        <span class="lane">
          Files<small>{filesWords(lanes.files)}</small>
        </span>
        <Files files={lanes.files} />
        <span class="lane">
          Commits<small>{newCommits(lanes.commits)}</small>
        </span>
        <Commits lanes={lanes} repo={repo} />
        <span />
        <Axis range={range} />
        <Cursor at={at} range={range} />
      </div>
    </figure>
  );
}

function States({ lanes: { states, ms, isExact } }: { lanes: Lanes }) {
  return (
    <svg class="states" role="img" aria-label={`State over time: ${lowered(lastedWords(ms))}`}>
      {states.map(({ value, x, width, from, to }) => (
        <StateBar
          state={value}
          x={`${x}%`}
          width={`${width}%`}
          {...(isExact ? { told: { words: STATE_WORDS[value], from, to } } : {})}
        />
      ))}
    </svg>
  );
}

/** How many files differed; hatched if they were not counted. */
function Files({ files }: Pick<Lanes, 'files'>) {
  const most = mostOf(files);
  return (
    <svg class="drift" role="img" aria-label={`Files that differ over time: ${filesWords(files)}`}>
      {files
        .filter(({ value }) => value !== 0)
        .map(({ value, x, width }) => {
          const height = value === null ? 100 : Number(((value / most) * 100).toFixed(1));
          return (
            <rect
              class={value === null ? 'OUT_OF_SYNC' : 'OUT_OF_SYNC counted'}
              fill={value === null ? 'url(#hatch-OUT_OF_SYNC)' : 'currentColor'}
              x={`${x}%`}
              width={`${width}%`}
              y={`${100 - height}%`}
              height={`${height}%`}
            >
              <title>{value === null ? 'files differ, not counted' : plural(value, 'file')}</title>
            </rect>
          );
        })}
    </svg>
  );
}

function Commits({ lanes: { commits }, repo }: LanesProps) {
  return (
    <svg class="commits">
      <title>Commits: {newCommits(commits)}</title>
      {commits.map((mark) => (
        <Mark mark={mark} repo={repo} />
      ))}
    </svg>
  );
}

function Mark({ mark: { commit, at, x, room, isFirst }, repo }: { mark: CommitMark; repo: string }) {
  const words = `${isFirst ? 'Commit' : 'New commit'} ${shortCommit(commit)}, first checked`;
  const isNamed = room >= ROOM_FOR_NAME;
  return (
    <a href={commitLink(commit, { repo })} {...(isNamed ? {} : { 'aria-label': shortCommit(commit) })}>
      <rect x={`${x}%`} y="0" width="2" height="100%">
        {isNamed ? (
          <title data-words={words} data-at={formatInstant(at)}>{`${words} ${formatMinute(at)}`}</title>
        ) : null}
      </rect>
      {isNamed ? (
        <text class={room < ROOM_ON_PHONE ? 'near' : undefined} x={`${x}%`} dx="7" y="16">
          {shortCommit(commit).slice(0, 8)}
        </text>
      ) : null}
    </a>
  );
}

function Cursor({ at, range }: { at: number | undefined; range: Range }) {
  const x = at === undefined ? undefined : `${shareOf(at, range)}%`;
  return (
    <svg class="cursor" aria-hidden="true">
      {x === undefined ? null : <line x1={x} x2={x} y1="0" y2="100%" />}
    </svg>
  );
}

function mostOf(files: readonly Piece<number | null>[]): number {
  return files.reduce((most, { value }) => Math.max(most, value ?? 0), 0);
}

function filesWords(files: readonly Piece<number | null>[]): string {
  const most = mostOf(files);
  const isCounted = files.every(({ value }) => value !== null);
  if (most === 0) return isCounted ? 'none' : 'not counted';
  return `at most ${most}${isCounted ? '' : ' where they were counted'}`;
}

function newCommits(commits: readonly CommitMark[]): string {
  const count = commits.filter(({ isFirst }) => !isFirst).length;
  return count === 0 ? 'no new one' : `${count} new`;
}

function lowered(words: string): string {
  return `${words[0]?.toLowerCase() ?? ''}${words.slice(1)}`;
}
