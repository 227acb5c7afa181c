import { shownNames, shownText } from '../../domain/shown.ts';
import { targetKey } from '../../domain/target.ts';
import type { TargetPast, TargetRow } from './fleet-view.ts';
import { targetLink } from './links.ts';
import { Who } from './muted.tsx';
import { Name, Said } from './shown.tsx';
import { Icon } from './state.tsx';
import { Cell, RowHead } from './table.tsx';
import { Duration, When } from './time.tsx';
import { plural, STATE_WORDS } from './words.ts';

// The cells of a line of the fleet page. A line is one row high: longer text is cut, and its title has the whole.

/** An error may be a whole log; the page of the target shows all of it. */
const SHOWN_TEXT = 240;
const TITLE_FILES = 20;

/** Makes a line known to live updates: the script uses it to tell which target has another state now. */
export function lineOf(row: TargetRow): { readonly id: string } & Record<`data-${string}`, string> {
  const key = targetKey(row);
  return { id: key.replace(' ', '|'), 'data-target': key, 'data-state': row.state };
}

export function TargetName({ row, past }: { row: TargetRow; past?: TargetPast | undefined }) {
  return (
    <RowHead kind="server">
      <a href={targetLink(row)}>{row.server}</a> <span class="of">{row.repo}</span>
      <Flaps past={past} />
    </RowHead>
  );
}

function Flaps({ past }: { past: TargetPast | undefined }) {
  if (past?.flaps === undefined) return null;
  return (
    <>
      {' '}
      <span class="tag">flaps, {past.flaps}× in 7 d</span>
    </>
  );
}

interface WhatProps {
  readonly row: TargetRow;
  /** The place of the other files. */
  readonly rest?: string;
  /** The message of the check, if it is the same for several targets. */
  readonly error?: string | undefined;
}

export function WhatCell({ row, rest = `${targetLink(row)}#differs`, error = row.error }: WhatProps) {
  const { state, incident, files } = row;
  const title =
    state === 'OUT_OF_SYNC'
      ? shownNames(files.slice(0, TITLE_FILES), ',')
      : shownText(textOf(row, error)).slice(0, SHOWN_TEXT);
  return (
    <Cell kind="what" {...(title === '' ? {} : { title })}>
      {incident === undefined || state === 'OUT_OF_SYNC' ? null : (
        <>
          <span class="tag">incident open</span>{' '}
        </>
      )}
      {state === 'OUT_OF_SYNC' ? (
        <Files row={row} rest={rest} />
      ) : (
        <Said text={textOf(row, error)} most={SHOWN_TEXT} />
      )}
    </Cell>
  );
}

function textOf({ state, syncStatus }: TargetRow, error: string | undefined): string {
  if (state === 'SYNCED') return 'Nothing';
  if (state === 'UNKNOWN') return error ?? 'No reason given';
  if (syncStatus === undefined) return 'Never reported: it was declared, but no report about it has arrived';
  return `No report since; the last one said ${STATE_WORDS[syncStatus].toLowerCase()}`;
}

function Files({ row: { files, driftCount }, rest }: { row: TargetRow; rest: string }) {
  const [first] = files;
  if (first === undefined)
    return (
      <span class="quiet">
        {driftCount === undefined ? 'no file named' : `${plural(driftCount, 'file')}, not named`}
      </span>
    );
  const more = Math.max(driftCount ?? 0, files.length) - 1;
  return (
    <>
      <span class="file">
        <Name of={first} />
      </span>{' '}
      {more > 0 ? (
        <a class="tag" href={rest}>
          +{more}
        </a>
      ) : null}
    </>
  );
}

interface WhoProps {
  readonly row: TargetRow;
  readonly now: number;
  readonly targets?: readonly TargetRow[];
}

/** Who acts, in the words of the API; if muted, until when and by whom. */
export function WhoCell({ row, now, targets = [row] }: WhoProps) {
  const { mute, next = '' } = row;
  if (mute !== undefined)
    return (
      <Cell kind="who" title={shownText(mute.reason)}>
        <Icon of="bell" /> <a href={`/mutes/${mute.id}`}>muted</a> until{' '}
        {mute.untilInSync ? 'in sync again, at the latest ' : ''}
        <When at={mute.endsAt} now={now} /> by <Who actor={mute.by} />
      </Cell>
    );
  const told = [targets.length === 1 ? row.acknowledgement?.note : undefined, next]
    .filter(Boolean)
    .join('; ');
  const title = shownText(told);
  return (
    <Cell kind="who" {...(title === '' ? {} : { title })}>
      <AcknowledgedBy targets={targets} />
      <Said text={next.replace(/^the /, 'The ')} />
    </Cell>
  );
}

function AcknowledgedBy({ targets }: { targets: readonly TargetRow[] }) {
  const acknowledged = targets.filter(({ acknowledgement }) => acknowledgement !== undefined);
  const [first] = acknowledged;
  if (first?.acknowledgement === undefined) return null;
  if (targets.length > 1)
    return (
      <>
        <span class="tag">
          {acknowledged.length} of {targets.length} acknowledged
        </span>{' '}
      </>
    );
  return (
    <>
      acknowledged by <Who actor={first.acknowledgement.by} />
      {'; '}
    </>
  );
}

export function ForCell({ row, now }: { row: TargetRow; now: number }) {
  return (
    <Cell kind="for">
      <Duration since={row.since} now={now} />
    </Cell>
  );
}
