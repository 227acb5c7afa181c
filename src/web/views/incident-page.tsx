import type { Incident } from '../../domain/incident.ts';
import { resolverOf } from '../../domain/resolution.ts';
import { IncidentAside } from './incident-aside.tsx';
import { IncidentStory } from './incident-story.tsx';
import { IncidentState, ResolvedBy } from './incident-table.tsx';
import type { IncidentView } from './incident-view.ts';
import { LanesPicture } from './lanes.tsx';
import { type Frame, Page } from './layout.tsx';
import { incidentApiLink, incidentLink, linkTo } from './links.ts';
import { Paging } from './paging.tsx';
import { Said } from './shown.tsx';
import { Icon, StateLabel } from './state.tsx';
import { targetFormLink } from './target-forms.tsx';
import { Duration, When } from './time.tsx';
import { WhatDiffers } from './what-differs.tsx';
import { formatSpan, plural } from './words.ts';

/** The page of one incident: what happened, what differs, and whether it happened before. */
export function incidentPage(view: IncidentView, frame: Frame) {
  const { incident, lanes } = view;
  const isOpen = incident.resolvedAt === undefined;
  const sentence = sentenceOf(incident);
  return (
    <Page frame={frame} title={sentence} here="incidents" style="target" json={incidentApiLink(incident)}>
      <div class="head target">
        <div>
          <p class="crumbs">
            <a href="/incidents">Incidents</a> / {incident.id}
          </p>
          <h1>{sentence}</h1>
          <Answer view={view} now={frame.now} />
        </div>
        <Actions view={view} />
      </div>
      <div class="two">
        <div>
          <section aria-labelledby="history">
            <div class="head">
              <h2 id="history">From before it opened until {isOpen ? 'now' : 'it was resolved'}</h2>
              <p class="quiet">
                <When at={lanes.range.from} now={frame.now} /> – <When at={lanes.range.to} now={frame.now} />
              </p>
            </div>
            <LanesPicture lanes={lanes} repo={incident.repo} />
          </section>
          <WhatDiffers view={view} now={frame.now} />
          <section aria-labelledby="story">
            <h2 id="story">What happened</h2>
            <IncidentStory entries={view.story.items} incident={incident} now={frame.now} />
            {view.story.pages === 1 ? null : (
              <Paging
                page={view.story.page}
                pages={view.story.pages}
                linkTo={(page) => linkTo(incidentLink(incident.id), { page })}
              >
                {plural(view.entries, 'entry', 'entries')}
              </Paging>
            )}
          </section>
        </div>
        <IncidentAside view={view} now={frame.now} />
      </div>
    </Page>
  );
}

/** `nginx-lab does not match nginx: the host changed`. */
function sentenceOf({
  repo,
  server,
  cause,
  resolvedAt,
}: Pick<IncidentView['incident'], 'repo' | 'server' | 'cause' | 'resolvedAt'>): string {
  const [does, is] = resolvedAt === undefined ? ['does', 'is'] : ['did', 'was'];
  return `${server} ${does} not match ${repo}: ${whyOf(cause, is)}`;
}

function whyOf(cause: Incident['cause'], is: string | undefined): string {
  switch (cause) {
    case 'host_changed':
      return 'the host changed';
    case 'commit_not_applied':
      return `a commit ${is} not applied`;
    case undefined:
      return 'the cause is not known';
  }
}

/** Its state and for how long, and who acts. */
function Answer({ view: { incident, target }, now }: { view: IncidentView; now: number }) {
  const { openedAt, resolvedAt, durationMs, maxDriftCount } = incident;
  const files =
    maxDriftCount === undefined ? 'number of files not known' : `at most ${plural(maxDriftCount, 'file')}`;
  if (resolvedAt !== undefined)
    return (
      <p class="sub">
        <IncidentState isOpen={false} /> after <b>{formatSpan(durationMs)}</b>{' '}
        <ResolvedBy incident={incident} />
        {resolverOf(incident) === 'hand' ? ' (the commit is the one it opened with)' : ''}, {files}.
      </p>
    );
  return (
    <p class="sub">
      <IncidentState isOpen /> for{' '}
      <b>
        <Duration since={openedAt} now={now} />
      </b>
      , {files}.{' '}
      {target.state === 'OUT_OF_SYNC' ? null : (
        <>
          Its target is <StateLabel state={target.state} /> now.{' '}
        </>
      )}
      {target.next === undefined ? null : (
        <>
          <b>Next:</b> <Said text={target.next} />.
        </>
      )}
    </p>
  );
}

/** What people can do about it. Each action is a page or a form. */
function Actions({ view: { incident, target } }: { view: IncidentView }) {
  const { repo, server, acknowledgement, resolvedAt, resolvedRunUrl } = incident;
  const isOpen = resolvedAt === undefined;
  const run = isOpen ? target.runUrl : resolvedRunUrl;
  return (
    <nav class="states actions" aria-label="Actions">
      {isOpen ? (
        <>
          <a href={linkTo('/mutes/new', { repo, server })}>
            <Icon of="bell" />
            Mute
          </a>
          <a href={targetFormLink('/target/acknowledge', incident)}>
            <Icon of="eye" />
            {acknowledgement === undefined ? 'Acknowledge' : 'Change the acknowledgement'}
          </a>
        </>
      ) : null}
      {run === undefined ? null : (
        <a href={run} rel="noopener noreferrer">
          Pipeline run
          <Icon of="out" />
        </a>
      )}
    </nav>
  );
}
