import type { Child } from 'hono/jsx';
import type { ActionKind, RecordedAction } from '../../domain/action.ts';
import type { Happening } from '../../domain/questions/incident-story.ts';
import type { IncidentView, StoryEntry } from './incident-view.ts';
import { Who } from './muted.tsx';
import { LinkedCommit } from './pipeline.tsx';
import { Said } from './shown.tsx';
import { Glyph, Icon } from './state.tsx';
import { When } from './time.tsx';
import { formatSpan, plural } from './words.ts';

interface StoryProps {
  readonly entries: readonly StoryEntry[];
  readonly incident: Pick<IncidentView['incident'], 'openedAt' | 'repo'>;
  readonly now: number;
}

/** What checks said, who was told and what people did, newest first. */
export function IncidentStory({ entries, incident, now }: StoryProps) {
  return (
    <ol class="panel story">
      {entries.map((entry) => (
        <li>
          <When at={entry.at} now={now} />
          <Entry entry={entry} incident={incident} now={now} />
        </li>
      ))}
    </ol>
  );
}

function Entry({ entry, incident, now }: Omit<StoryProps, 'entries'> & { entry: StoryEntry }) {
  switch (entry.by) {
    case 'check':
      return <Check entry={entry} repo={incident.repo} now={now} />;
    case 'person':
      return <Person action={entry.action} />;
    case 'channel':
      return (
        <>
          <Icon of="message" />
          <p>
            <Said text={entry.channel} /> was told
            <small>{formatSpan(entry.at - incident.openedAt)} after it opened</small>
          </p>
        </>
      );
  }
}

function Check({
  entry: { what, error },
  repo,
  now,
}: {
  entry: Extract<StoryEntry, { by: 'check' }>;
  repo: string;
  now: number;
}) {
  const { icon, words, small } = tellOf(what, { error, repo, now });
  return (
    <>
      <span class={`state ${icon}`}>
        <Glyph state={icon} />
      </span>
      <p>
        {words}
        {small === undefined ? null : <small>{small}</small>}
      </p>
    </>
  );
}

interface Tale {
  readonly icon: 'SYNCED' | 'OUT_OF_SYNC' | 'UNKNOWN' | 'STALE';
  readonly words: Child;
  readonly small?: Child | undefined;
}

function tellOf(
  what: Happening,
  { error, repo, now }: { error: string | undefined; repo: string; now: number },
): Tale {
  switch (what.kind) {
    case 'in_sync':
      return { icon: 'SYNCED', words: <>The last check in sync{atCommit(what.commit, repo)}</> };
    case 'opened':
      return {
        icon: 'OUT_OF_SYNC',
        words: (
          <>
            Opened: {filesWords(what.count)}
            {commitWords(what, repo)}
          </>
        ),
        small: runOf(what.runUrl, 'The run that found it'),
      };
    case 'changed':
      return {
        icon: 'OUT_OF_SYNC',
        words: (
          <>
            Now {filesWords(what.count)}
            {what.isNewCommit ? commitWords(what, repo) : ''}
          </>
        ),
        small: runOf(what.runUrl, 'The run that found it'),
      };
    case 'deployed':
      return {
        icon: 'OUT_OF_SYNC',
        words: (
          <>
            A deploy of <LinkedCommit id={what.commit} repo={repo} /> succeeded, but it still differs
          </>
        ),
      };
    case 'UNKNOWN':
      return {
        icon: 'UNKNOWN',
        words: `The check could not tell, ${lastedWords(what, now)}`,
        small: error === undefined ? 'No reason was given' : <Said text={error} />,
      };
    case 'STALE':
      return { icon: 'STALE', words: `No check was reported, ${lastedWords(what, now)}` };
    case 'resolved':
      return {
        icon: 'SYNCED',
        words: resolvedWords(what, repo),
        small: runOf(what.runUrl, 'The run that found it in sync'),
      };
  }
}

function lastedWords({ at, until }: { at: number; until: number | undefined }, now: number): string {
  return until === undefined ? `for ${formatSpan(now - at)} up to now` : `for ${formatSpan(until - at)}`;
}

function resolvedWords({ by, commit }: Extract<Happening, { kind: 'resolved' }>, repo: string) {
  if (by === 'hand')
    return (
      <>
        Resolved by hand: in sync, and the commit is still <LinkedCommit id={commit} repo={repo} />
      </>
    );
  if (by === 'commit')
    return (
      <>
        Resolved by the commit <LinkedCommit id={commit} repo={repo} />
      </>
    );
  return (
    <>Resolved: in sync{atCommit(commit, repo)}. It is not known whether a commit or a person resolved it</>
  );
}

function filesWords(count: number | undefined): string {
  if (count === undefined) return 'an unknown number of files differs';
  return `${plural(count, 'file')} ${count === 1 ? 'differs' : 'differ'}`;
}

function commitWords(
  { commit, isNewCommit }: { commit: string | undefined; isNewCommit: boolean },
  repo: string,
) {
  if (commit === undefined) return '';
  return (
    <>
      {isNewCommit ? ', the commit is now ' : ', the commit is still '}
      <LinkedCommit id={commit} repo={repo} />
    </>
  );
}

function atCommit(commit: string | undefined, repo: string) {
  if (commit === undefined) return '';
  return (
    <>
      {' '}
      at <LinkedCommit id={commit} repo={repo} />
    </>
  );
}

function runOf(url: string | undefined, words: string) {
  return url === undefined ? undefined : (
    <a href={url} rel="noopener noreferrer">
      {words}
    </a>
  );
}

const DID: Readonly<Partial<Record<ActionKind, string>>> = {
  acknowledged: 'acknowledged it',
  acknowledgement_changed: 'changed the acknowledgement',
  acknowledgement_ended: 'ended the acknowledgement',
};

function Person({ action: { actor, what, detail } }: { action: RecordedAction }) {
  const note = detail?.note;
  return (
    <>
      <Icon of="eye" />
      <p>
        <Who actor={actor} /> {DID[what] ?? what}
        {typeof note === 'string' && note !== '' ? (
          <>
            : <Said text={note} />
          </>
        ) : null}
      </p>
    </>
  );
}
