import type { PropsWithChildren } from 'hono/jsx';
import type { Told } from '../../domain/questions/reader.ts';
import { linkTo } from './links.ts';
import { Acknowledged, Muted } from './muted.tsx';
import { LinkedCommit } from './pipeline.tsx';
import { Name, Said } from './shown.tsx';
import type { TargetNow, TargetView } from './target-view.ts';
import { When } from './time.tsx';

/** The facts about a target. Unknown ones are left out. */
export function TargetFacts({ view: { target, time, told } }: { view: TargetView }) {
  const { state, commit, branch, staleAt, lastSyncedAt, check } = target;
  const { at: now, isPast } = time;
  return (
    <dl class="facts">
      <Fact name="Owner">
        <Owner target={target} />
      </Fact>
      <Fact name="Commit" shown={commit !== undefined}>
        <LinkedCommit id={commit} repo={target.repo} />
      </Fact>
      <Fact name="Branch" shown={branch !== undefined}>
        <Said text={branch ?? ''} />
      </Fact>
      <Fact name="Check" shown={check !== undefined}>
        <Name of={check ?? ''} />
      </Fact>
      <Fact name="Last in sync">
        {lastSyncedAt === undefined ? 'never' : <When at={lastSyncedAt} now={now} />}
      </Fact>
      <Fact name="Stale from" shown={state !== 'STALE' && staleAt !== undefined && !isPast}>
        {staleAt === undefined ? null : <When at={staleAt} now={now} />}
        <small>unless a report comes</small>
      </Fact>
      <Fact name="Told" shown={told !== undefined}>
        <ToldWhom told={told ?? []} now={now} />
      </Fact>
      <Fact name="Works on it" shown={target.acknowledgement !== undefined}>
        <Acknowledged of={target.acknowledgement} now={now} />
      </Fact>
      <Fact name="Muted">{target.mute === undefined ? 'no' : <Muted mute={target.mute} />}</Fact>
    </dl>
  );
}

/** Facts from the labels: the owner first. */
function Owner({ target: { labels } }: { target: TargetNow }) {
  const { owner, ...others } = labels;
  return (
    <>
      {owner === undefined ? <span class="quiet">no label names one</span> : <Name of={owner} />}{' '}
      {Object.entries(others).map(([key, value]) => (
        <>
          <a class="tag" href={linkTo('/', { label: [`${key}:${value}`] })}>
            {key}: {<Name of={value} />}
          </a>{' '}
        </>
      ))}
    </>
  );
}

/** Each channel once, with when it was told. */
function ToldWhom({ told, now }: { told: readonly Told[]; now: number }) {
  const first = new Map<string, number>();
  for (const { channel, toldAt } of told) if (!first.has(channel)) first.set(channel, toldAt);
  if (first.size === 0) return <>nobody</>;
  return (
    <>
      {[...first].map(([channel, at], i) => (
        <>
          {i === 0 ? '' : ', '}
          {channel} at <When at={at} now={now} />
        </>
      ))}
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
