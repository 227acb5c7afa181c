import type { Child } from 'hono/jsx';
import { sameCommit } from '../../domain/commit.ts';
import type { Differs } from '../models/differs.ts';
import { countWords } from './differs.tsx';
import { Said } from './shown.tsx';
import { Glyph } from './state.tsx';
import type { TargetNow } from './target-view.ts';
import { When } from './time.tsx';
import { causeWords, formatSpan, STATE_WORDS } from './words.ts';

interface TargetAdviceProps {
  readonly target: TargetNow;
  readonly differs: Differs;
  readonly now: number;
  /** How many incidents opened in seven days, if it flaps. */
  readonly flaps: number | undefined;
}

/** What happened, and what to do next. It is empty if nothing is wrong. */
export function TargetAdvice({ target, differs, now, flaps }: TargetAdviceProps) {
  const { state, incident, next } = target;
  if (state === 'SYNCED') return null;
  const { headline, detail } = WORDS[state](target, now, differs);
  return (
    <div class={`says ${state}`}>
      <Glyph state={state} />
      <div>
        <p class="line">
          <b>{headline}</b>
        </p>
        <p class="line">{detail}</p>
        {state === 'OUT_OF_SYNC' || incident === undefined ? null : (
          <p class="line">
            An incident has been open since <When at={incident.openedAt} now={now} />:{' '}
            {causeWords(incident.cause).short}.
          </p>
        )}
        {flaps === undefined ? null : <p class="line">It flaps: {flaps} incidents opened in seven days.</p>}
        {next === undefined ? null : (
          <p class="line">
            <b>Next:</b> <Said text={next} />.
          </p>
        )}
      </div>
    </div>
  );
}

interface Words {
  readonly headline: string;
  readonly detail: Child;
}

const WORDS: Readonly<
  Record<Exclude<TargetNow['state'], 'SYNCED'>, (target: TargetNow, now: number, differs: Differs) => Words>
> = {
  OUT_OF_SYNC: (target, now, differs) => ({
    headline: driftHeadline(target),
    detail: (
      <>
        At <When at={target.incident?.openedAt ?? target.since} now={now} /> it{' '}
        {target.lastSyncedAt === undefined ? 'did not match Git' : 'stopped matching Git'}:{' '}
        {differWords(differs)}
        {driftReason(target)}.
      </>
    ),
  }),
  UNKNOWN: ({ error, errorKind }) => ({
    headline: 'The check could not tell.',
    detail: (
      <>
        <span class="error">{error === undefined ? 'It gave no reason.' : <Said text={error} />}</span>{' '}
        {errorKind === undefined ? null : (
          <span class="tag">
            <Said text={errorKind} />
          </span>
        )}
      </>
    ),
  }),
  STALE: ({ checkedAt, syncStatus }, now) =>
    checkedAt === undefined || syncStatus === undefined
      ? {
          headline: 'It never reported.',
          detail: 'It was declared, but no report about it has arrived.',
        }
      : {
          headline: 'No report has arrived in time.',
          detail: (
            <>
              The last check was at <When at={checkedAt} now={now} />, {formatSpan(now - checkedAt)} before,
              and said {STATE_WORDS[syncStatus].toLowerCase()}: its state now is unknown.
            </>
          ),
        },
};

function isDeployed({ deployedCommit, commit }: TargetNow): boolean {
  return deployedCommit !== undefined && commit !== undefined && sameCommit(deployedCommit, commit);
}

function driftHeadline(target: TargetNow): string {
  if (isDeployed(target)) return 'The deploy succeeded, and the host still differs.';
  if (target.incident?.cause === 'host_changed') return 'Somebody changed the host.';
  if (target.incident?.cause === 'commit_not_applied') return 'A commit is not on the host yet.';
  return target.lastSyncedAt === undefined
    ? 'It has never been in sync.'
    : 'It does not match Git, and the cause is not known.';
}

function driftReason(target: TargetNow): string {
  if (isDeployed(target)) return '';
  if (target.incident?.cause === 'host_changed')
    return ', and the commit is the one that was last in sync: no deploy did this';
  if (target.incident?.cause === 'commit_not_applied') return ', and a newer commit is not on the server yet';
  return target.lastSyncedAt === undefined ? '' : ', and the commits that would show why are not known';
}

function differWords(differs: Differs): string {
  if (differs.count === 0) return 'how many files differ is not known';
  return `${countWords(differs)} ${differs.count === 1 ? 'differs' : 'differ'}`;
}
