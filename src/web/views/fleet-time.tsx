import { formatInstant } from '../../domain/instant.ts';
import { fleetLink, sortParam } from './fleet-links.ts';
import type { FleetQuery } from './fleet-view.ts';
import { HiddenField } from './select.tsx';
import { When } from './time.tsx';

const HOUR = 3_600_000;

/** The fleet now or in the past: links to a few instants, and a form for any other. */
export function TimeNav({ query, now }: { query: FleetQuery; now: number }) {
  const past = (words: string, at: number) => <a href={fleetLink(query, { at })}>{words}</a>;
  return (
    <nav class="ranges" aria-label="Time">
      <a href={fleetLink(query, { at: undefined })} {...(query.at === undefined ? CHOSEN : {})}>
        Now
      </a>
      {past('1 h ago', now - HOUR)}
      {past('Yesterday', now - 24 * HOUR)}
      <details class="at" id="at">
        <summary {...(query.at === undefined ? {} : CHOSEN)}>
          At {query.at === undefined ? '…' : <When at={query.at} now={now} />}
        </summary>
        <AtForm query={query} at={query.at ?? now} />
      </details>
    </nav>
  );
}

const CHOSEN = { 'aria-current': 'true' };

/** In UTC. The script changes it to the reader's zone. */
function AtForm({ query, at }: { query: FleetQuery; at: number }) {
  const { q, repo, server, label = [], state, muted, problem, group, view } = query;
  return (
    <form method="get" action="/" data-at-form="">
      <HiddenField name="q" value={q} />
      <HiddenField name="repo" value={repo?.join(',')} />
      <HiddenField name="server" value={server?.join(',')} />
      {label.map((one) => (
        <HiddenField name="label" value={one} />
      ))}
      <HiddenField name="state" value={state?.join(',')} />
      <HiddenField name="muted" value={muted?.toString()} />
      <HiddenField name="problem" value={problem} />
      <HiddenField name="group" value={group} />
      <HiddenField name="view" value={view} />
      <HiddenField name="sort" value={sortParam(query)} />
      <label>
        <span>At, in UTC</span>
        <input type="datetime-local" name="at" required value={formatInstant(at).slice(0, 16)} />
      </label>
      <button type="submit">Show the fleet then</button>
    </form>
  );
}
