import type { OpenIncident } from '../../domain/incident.ts';
import type { Target } from '../../domain/target.ts';
import { type Faults, Field, NameField, Refused } from './fields.tsx';
import { type Frame, Page } from './layout.tsx';
import { linkTo, targetLink } from './links.ts';
import { Duration } from './time.tsx';
import { causeWords } from './words.ts';

export interface AcknowledgeView {
  readonly target: Target;
  readonly incident: OpenIncident;
  readonly values: { readonly note: string; readonly by: string };
  readonly faults: Faults;
}

/** The form that says who works on an incident. */
export function acknowledgePage({ target, incident, values, faults }: AcknowledgeView, frame: Frame) {
  const title = `Acknowledge ${target.repo} on ${target.server}`;
  return (
    <Page frame={frame} title={title} isLive={false}>
      <Crumbs target={target} />
      <h1>{title}</h1>
      <p class="sub">
        The incident has been open for <Duration since={incident.openedAt} now={frame.now} />:{' '}
        {causeWords(incident.cause).long}. Say that you work on it. Until it is over, no message repeats that
        it is still open. Messages about new files or another cause are still sent.
      </p>
      <Refused faults={faults} />
      <form class="sheet" method="post" action={targetFormLink('/target/acknowledge', target)}>
        <input type="hidden" name="incident" value={incident.id} />
        <Field
          name="note"
          label="Note"
          value={values.note}
          faults={faults}
          hint="What others should know. It may be empty."
        />
        <NameField value={values.by} faults={faults} />
        <div class="buttons">
          <a href={targetLink(target)}>Cancel</a>
          <button type="submit" class="primary">
            Acknowledge
          </button>
        </div>
      </form>
    </Page>
  );
}

export interface RetireView {
  readonly target: Target;
  readonly values: { readonly by: string };
  readonly faults: Faults;
}

/** The form that takes a target out. */
export function retirePage({ target, values, faults }: RetireView, frame: Frame) {
  const title = `Retire ${target.repo} on ${target.server}`;
  return (
    <Page frame={frame} title={title} isLive={false}>
      <Crumbs target={target} />
      <h1>{title}</h1>
      <p class="sub">
        It disappears from all lists, metrics, open incidents and messages now. Its history stays. A new
        report, or a declaration, brings it back.
      </p>
      <Refused faults={faults} />
      <form class="sheet" method="post" action={targetFormLink('/target/retire', target)}>
        <NameField value={values.by} faults={faults} />
        <div class="buttons">
          <a href={targetLink(target)}>Cancel</a>
          <button type="submit" class="primary">
            Retire the target
          </button>
        </div>
      </form>
    </Page>
  );
}

/** The address names the target, so it is still a page after the form was sent. */
export function targetFormLink(path: `/target/${string}`, { repo, server }: Target): string {
  return linkTo(path, { repo, server });
}

function Crumbs({ target }: { target: Target }) {
  return (
    <p class="crumbs">
      <a href="/">Fleet</a> / {target.repo} / <a href={targetLink(target)}>{target.server}</a> /
    </p>
  );
}
