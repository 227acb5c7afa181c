import type { MuteMatches } from '../../domain/questions/mute-matches.ts';
import type { MuteChoice, MuteFormValues } from '../models/mute-form.ts';
import { Choice, type Faults, Field, NameField, Refused } from './fields.tsx';
import { type Frame, Page } from './layout.tsx';
import { linkTo, targetLink } from './links.ts';
import { plural } from './words.ts';

const SHOWN = 10;

export interface MuteFormView {
  /** The mute that is changed; undefined for a new one. */
  readonly id: number | undefined;
  readonly values: MuteFormValues;
  readonly faults: Faults;
  /** The server of the target that the form began with: its choices stay, whatever is chosen. */
  readonly about: string;
  readonly choices: readonly MuteChoice[];
  /** Undefined if the matchers are not valid. */
  readonly matches: MuteMatches | undefined;
  /** What the shown matches are about. */
  readonly shown: string;
  /** Whether the button was pressed before the user had seen what the form matches. */
  readonly isFirstShown: boolean;
}

const UNTIL_WORDS = [
  ['1h', '1 hour'],
  ['tomorrow', 'Tomorrow 09:00 UTC'],
  ['friday', 'Friday 18:00 UTC'],
  ['in_sync', 'In sync again'],
  ['at', 'Another time'],
] as const;

/** What the button says; the style shows the words of the chosen option. */
const BUTTON_WORDS = [
  ['1h', 'for 1 hour'],
  ['tomorrow', 'until tomorrow 09:00 UTC'],
  ['friday', 'until Friday 18:00 UTC'],
  ['in_sync', 'until in sync again'],
  ['at', 'until then'],
] as const;

/** The form of a new mute, or of a change. It shows what it matches now before anything is done. */
export function muteFormPage(view: MuteFormView, frame: Frame) {
  const { id, values, faults } = view;
  const title = id === undefined ? `Mute ${aboutOf(values)}` : `Change mute ${id}`;
  const back = id === undefined ? '/mutes' : `/mutes/${id}`;
  return (
    <Page frame={frame} title={title} here="mutes" isLive={false}>
      <p class="crumbs">
        <a href="/mutes">Mutes</a> /
      </p>
      <h1>{title}</h1>
      <p class="sub">
        Nobody gets a message while it is muted. State, history and compliance stay as they are, and the
        target is shown as muted.
      </p>
      <Refused faults={faults} />
      <form class="sheet" method="post" action={id === undefined ? '/mutes' : `/mutes/${id}`}>
        <What view={view} />
        <End values={values} faults={faults} />
        <Field name="reason" label="Reason" value={values.reason} faults={faults} isNeeded />
        <NameField value={values.by} faults={faults} />
        <Matches view={view} />
        <input type="hidden" name="shown" value={view.shown} />
        {view.choices.length === 0 ? null : <input type="hidden" name="for" value={view.about} />}
        <div class="buttons">
          <a href={back}>Cancel</a>
          <button type="submit" class="primary">
            {id === undefined ? 'Mute' : 'Change the mute'}
            {id === undefined
              ? BUTTON_WORDS.map(([until, words]) => <span class={`until-${until}`}> {words}</span>)
              : null}
          </button>
        </div>
      </form>
    </Page>
  );
}

function What({ view }: { view: MuteFormView }) {
  const { values, choices, about } = view;
  return (
    <>
      {choices.length === 0 ? null : (
        <nav class="field" aria-label="What to mute">
          <b>What</b>
          <div class="choices">
            {choices.map((choice) => (
              <a
                href={linkTo('/mutes/new', { ...asParams(values), ...choice.values, for: about })}
                {...(isChosen(choice, values) ? { 'aria-current': 'true' } : {})}
              >
                {choice.words}
              </a>
            ))}
          </div>
        </nav>
      )}
      <Exactly view={view} />
    </>
  );
}

/** Open if none of the choices fits. */
function isOpen({ values, faults, choices }: MuteFormView): boolean {
  return (
    !choices.some((choice) => isChosen(choice, values)) ||
    EXACT_FIELDS.some((name) => faults[name] !== undefined)
  );
}

const EXACT_FIELDS = ['repo', 'server', 'label', 'file', 'cause', 'state', 'starts_at', 'form'];

function Exactly({ view }: { view: MuteFormView }) {
  const { id, values, faults } = view;
  return (
    <details class="exactly" open={isOpen(view)}>
      <summary>What exactly, and from when</summary>
      <p class="hint" id="what-hint">
        All fields that you fill in must match. A <code>*</code> stands for anything. A name after a{' '}
        <code>!</code> must not match.
      </p>
      <Field
        name="repo"
        label="Repos"
        value={values.repo}
        faults={faults}
        hint="Separate them with commas."
      />
      <Field
        name="server"
        label="Servers"
        value={values.server}
        faults={faults}
        hint="Separate them with commas."
      />
      <Field
        name="label"
        label="Labels"
        value={values.label}
        faults={faults}
        hint="key:value, one on each line."
        isLong
      />
      <Field
        name="file"
        label="Files"
        value={values.file}
        faults={faults}
        hint="One on each line. It then mutes only incidents whose files all match, never STALE or UNKNOWN."
        isLong
      />
      <Field
        name="cause"
        label="Causes"
        value={values.cause}
        faults={faults}
        hint="host_changed, commit_not_applied or unknown. It then mutes only incidents, never STALE or UNKNOWN."
      />
      <Field
        name="state"
        label="States"
        value={values.state}
        faults={faults}
        hint="OUT_OF_SYNC, UNKNOWN or STALE; all of them if you leave it empty."
      />
      <Field
        name="starts_at"
        label="Begin later (UTC)"
        type="datetime-local"
        value={values.starts_at}
        faults={faults}
        hint="For a maintenance window. It begins now if you leave it empty."
      />
      <button
        type="submit"
        formmethod="get"
        formaction={id === undefined ? '/mutes/new' : `/mutes/${id}/change`}
        formnovalidate
      >
        Show what it matches now
      </button>
    </details>
  );
}

function End({ values, faults }: Pick<MuteFormView, 'values' | 'faults'>) {
  return (
    <>
      <Choice name="until" legend="Until" options={UNTIL_WORDS} chosen={values.until} faults={faults} />
      <div class="ends-at">
        <Field
          name="ends_at"
          label="Another time (UTC)"
          type="datetime-local"
          value={values.ends_at}
          faults={faults}
          hint="Within 90 days from its start."
        />
      </div>
    </>
  );
}

function Matches({ view: { matches, isFirstShown } }: { view: MuteFormView }) {
  if (matches === undefined) return null;
  const { targets, incidents } = matches;
  return (
    <section class="matches" aria-label="What it matches now" {...(isFirstShown ? { role: 'alert' } : {})}>
      <p>
        Matches <b>{plural(targets.length, 'target')}</b> and{' '}
        <b>{plural(incidents.length, 'open incident')}</b> now.
        {isFirstShown ? ' Nothing was done yet: press the button again if you mean this.' : ''}
      </p>
      <TargetNames targets={targets} />
    </section>
  );
}

/** The first of them as links, and how many more there are. */
export function TargetNames({ targets }: Pick<MuteMatches, 'targets'>) {
  if (targets.length === 0) return null;
  return (
    <ul class="names">
      {targets.slice(0, SHOWN).map((target) => (
        <li>
          <a href={targetLink(target)}>
            {target.repo} on {target.server}
          </a>
        </li>
      ))}
      {targets.length > SHOWN ? <li>and {targets.length - SHOWN} more</li> : null}
    </ul>
  );
}

function aboutOf({ repo, server }: MuteFormValues): string {
  if (repo === '' && server === '') return 'targets';
  return [repo, server].filter(Boolean).join(' on ');
}

function isChosen({ values }: MuteChoice, now: MuteFormValues): boolean {
  return Object.entries({ ...now, ...values }).every(([name, value]) => {
    const entries: readonly (readonly [string, string])[] = Object.entries(now);
    return entries.some(([other, typed]) => other === name && typed === value);
  });
}

/** The rest of what was typed stays. */
function asParams(values: MuteFormValues): Readonly<Record<string, string>> {
  return { ...values };
}
