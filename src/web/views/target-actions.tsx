import { linkTo } from './links.ts';
import { Icon } from './state.tsx';
import { targetFormLink } from './target-forms.tsx';
import type { TargetNow } from './target-view.ts';

/** What people can do about a target. Each action is a page or a form. */
export function TargetActions({ target }: { target: TargetNow }) {
  const { repo, server, incident, acknowledgement, runUrl } = target;
  return (
    <nav class="states actions" aria-label="Actions">
      <a href={linkTo('/mutes/new', { repo, server })} data-dialog="">
        <Icon of="bell" />
        Mute
      </a>
      {incident === undefined ? null : (
        <a href={targetFormLink('/target/acknowledge', target)}>
          <Icon of="eye" />
          {acknowledgement === undefined ? 'Acknowledge' : 'Change the acknowledgement'}
        </a>
      )}
      {incident === undefined || acknowledgement === undefined ? null : (
        <form method="post" action={targetFormLink('/target/acknowledgement-end', target)}>
          <input type="hidden" name="incident" value={incident.id} />
          <button type="submit">End the acknowledgement</button>
        </form>
      )}
      {runUrl === undefined ? null : (
        <a href={runUrl} rel="noopener noreferrer">
          Pipeline run
          <Icon of="out" />
        </a>
      )}
    </nav>
  );
}
