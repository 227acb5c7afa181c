import type { Acknowledgement } from '../../domain/acknowledgement.ts';
import type { Actor } from '../../domain/action.ts';
import type { Mute } from '../../domain/mute.ts';
import { Said } from './shown.tsx';
import { Ago, Instant } from './time.tsx';

/** Who did something. */
export function Who({ actor: { name, verified } }: { actor: Actor }) {
  if (name === undefined) return <>somebody</>;
  return (
    <>
      <Said text={name} />
      {verified ? '' : ' (name not verified)'}
    </>
  );
}

/** Says that something is muted: until when, by whom and why. */
export function Muted({ mute }: { mute: Mute | undefined }) {
  if (mute === undefined) return null;
  return (
    <small class="muted">
      <a href={`/mutes/${mute.id}`}>muted</a> until {mute.untilInSync ? 'in sync again, at the latest ' : ''}
      <Instant at={mute.endsAt} /> by <Who actor={mute.by} />: <Said text={mute.reason} />
    </small>
  );
}

/** Who works on an incident. */
export function Acknowledged({ of, now }: { of: Acknowledgement | undefined; now: number }) {
  if (of === undefined) return null;
  return (
    <small class="acknowledged">
      acknowledged by <Who actor={of.by} /> <Ago at={of.at} now={now} />
      {of.note === undefined ? null : (
        <>
          : <Said text={of.note} />
        </>
      )}
    </small>
  );
}
