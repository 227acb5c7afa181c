import type { PropsWithChildren } from 'hono/jsx';
import { FileNames } from './file-names.tsx';
import { Silence } from './fleet-table.tsx';
import { Acknowledged, Muted } from './muted.tsx';
import { Commit, RunLink } from './pipeline.tsx';
import { Said } from './shown.tsx';
import type { TargetNow } from './target-view.ts';
import { Ago, Duration, Instant } from './time.tsx';
import { causeWords, STATE_WORDS } from './words.ts';

/** All of them stand below the timeline. */
const SHOWN_FILES = 5;

/** The facts about a target now. Unknown ones are left out. */
export function TargetNowFacts({ target, now }: { target: TargetNow; now: number }) {
  const { state, syncStatus, incident, error, errorKind } = target;
  return (
    <dl class="facts">
      <Fact name={state === 'OUT_OF_SYNC' ? 'Since' : `${STATE_WORDS[state]} since`}>
        <Instant at={state === 'OUT_OF_SYNC' ? target.since : target.stateSince} />
      </Fact>
      <Fact name="Silence" shown={state === 'STALE'}>
        <Silence row={target} now={now} />: its state now is unknown
      </Fact>
      <Fact name="Error" shown={syncStatus === 'UNKNOWN'}>
        <span class="error">{error === undefined ? 'no reason given' : <Said text={error} />}</span>
        {errorKind === undefined ? null : (
          <small>
            <Said text={errorKind} />
          </small>
        )}
      </Fact>
      <Fact name="Files" shown={syncStatus === 'OUT_OF_SYNC'}>
        <FileNames names={target.files} count={target.driftCount} shown={SHOWN_FILES} rest="#differs" />
      </Fact>
      <Fact name="Incident" shown={incident !== undefined}>
        {incident === undefined ? null : <OpenIncident incident={incident} now={now} />}
        <Acknowledged of={target.acknowledgement} now={now} />
      </Fact>
      <Fact name="Muted" shown={target.mute !== undefined}>
        <Muted mute={target.mute} />
      </Fact>
      <Fact name="Who acts" shown={target.next !== undefined}>
        <Said text={target.next ?? ''} />
      </Fact>
      <Fact name="Commit" shown={target.commit !== undefined}>
        <Commit id={target.commit} />
        {target.branch === undefined ? null : (
          <>
            {' on '}
            <Said text={target.branch} />
          </>
        )}
      </Fact>
      <Fact name="Last check">
        {target.checkedAt === undefined ? 'never' : <LastCheck at={target.checkedAt} {...{ target, now }} />}
      </Fact>
      <Fact name="Stale from" shown={state !== 'STALE'}>
        {target.staleAt === undefined ? null : <Instant at={target.staleAt} />}{' '}
        <small>unless another check is reported before</small>
      </Fact>
      <Fact name="Last in sync" shown={state !== 'SYNCED'}>
        {target.lastSyncedAt === undefined ? 'never' : <Instant at={target.lastSyncedAt} />}
      </Fact>
    </dl>
  );
}

function LastCheck({ at, target, now }: { at: number; target: TargetNow; now: number }) {
  return (
    <>
      <Ago at={at} now={now} /> <RunLink url={target.runUrl}>Pipeline run</RunLink>
      <small>
        <Instant at={at} />
      </small>
    </>
  );
}

function OpenIncident({ incident, now }: { incident: NonNullable<TargetNow['incident']>; now: number }) {
  const { short, long } = causeWords(incident.cause);
  return (
    <>
      <b>{short}</b>: {long}; open for <Duration since={incident.openedAt} now={now} />
    </>
  );
}

function Fact({ name, shown = true, children }: PropsWithChildren<{ name: string; shown?: boolean }>) {
  return shown ? (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  ) : null;
}
