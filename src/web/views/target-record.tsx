import type { CheckDurations } from '../models/check-durations.ts';
import { lastedWords } from '../models/lanes.ts';
import { recordWords } from './incident-sets.tsx';
import { StateBar } from './state.tsx';
import type { TargetRecord } from './target-view.ts';
import { formatDuration, formatShare, formatSpan, plural } from './words.ts';

const IN_ORDER = ['SYNCED', 'OUT_OF_SYNC', 'UNKNOWN', 'STALE'] as const;

/** The share of time in sync. */
export function RecordPanel({ record }: { record: TargetRecord }) {
  const { compliance } = record;
  const { inSyncRatio, coverage, incidents, medianTimeToResolveMs: median, trackedMs, ms } = compliance;
  if (trackedMs === 0) return null;
  let x = 0;
  const bars = IN_ORDER.filter((state) => ms[state] > 0).map((state) => {
    const bar = { state, x: `${x}%`, width: `${(ms[state] / trackedMs) * 100}%` };
    x += (ms[state] / trackedMs) * 100;
    return bar;
  });
  return (
    <section class="panel" aria-labelledby="record">
      <h2 id="record">{recordWords(record)}</h2>
      {inSyncRatio === undefined ? (
        <p class="big">no data</p>
      ) : (
        <p>
          <span class="big">{formatShare(inSyncRatio)}</span>
          <small>in sync; {formatShare(coverage)} of the time known</small>
        </p>
      )}
      <svg class="meter" role="img" aria-label={lastedWords(ms)}>
        {bars.map((bar) => (
          <StateBar {...bar} />
        ))}
      </svg>
      <small>
        {plural(incidents, 'incident')}
        {median === undefined ? '' : `, resolved after ${formatSpan(median)} (median)`}
      </small>
    </section>
  );
}

/** How long the last checks took, on a scale of its own. */
export function CheckDurationsPanel({ took }: { took: CheckDurations | undefined }) {
  if (took === undefined) return null;
  const { bars, latestMs, medianMs, longestMs } = took;
  const words = `latest ${formatDuration(latestMs)}, median ${formatDuration(medianMs)}, longest ${formatDuration(longestMs)}`;
  return (
    <section class="panel" aria-labelledby="took">
      <h2 id="took">How long checks took</h2>
      <div class="took">
        <small>
          <span>{formatDuration(longestMs)}</span>
          <span>0 s</span>
        </small>
        <svg role="img" aria-label={`The last ${bars.length} checks: ${words}`}>
          {bars.map(({ x, width, height, ms }) => (
            <rect x={percent(x)} width={percent(width)} y={percent(100 - height)} height={percent(height)}>
              <title>{formatDuration(ms)}</title>
            </rect>
          ))}
        </svg>
      </div>
      <small>
        The last {bars.length} checks: {words}
      </small>
    </section>
  );
}

function percent(share: number): string {
  return `${Number(share.toFixed(2))}%`;
}
