import type { IncidentView, LikeIt } from './incident-view.ts';
import { incidentLink, linkTo, targetLink } from './links.ts';
import { Muted, Who } from './muted.tsx';
import { Said } from './shown.tsx';
import { Ago, When } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

interface AsideProps {
  readonly view: IncidentView;
  readonly now: number;
}

/** Beside the story: the facts, and the same files before and elsewhere. */
export function IncidentAside({ view, now }: AsideProps) {
  const { incident, before, elsewhere } = view;
  const { repo, server, files } = incident;
  return (
    <aside>
      <Facts view={view} now={now} />
      {files.names.length === 0 ? (
        <p class="panel quiet">No file was named, so it is unknown whether the same differed before.</p>
      ) : (
        <>
          <Alike title="The same files before, here" likeIt={before} now={now} isHere />
          <Alike title={`Elsewhere in ${repo}`} likeIt={elsewhere} now={now} isHere={false} />
        </>
      )}
      <p>
        <a href={linkTo('/incidents', { repo, server, each: 'true' })}>All incidents of this target</a>
      </p>
    </aside>
  );
}

function Facts({ view: { incident, target }, now }: AsideProps) {
  const { acknowledgement, mute, resolvedAt, cause } = incident;
  const owner = Object.hasOwn(target.labels, 'owner') ? target.labels.owner : undefined;
  return (
    <dl class="facts">
      <div>
        <dt>Cause</dt>
        <dd title={causeWords(cause).long}>{causeWords(cause).short}</dd>
      </div>
      <div>
        <dt>Target</dt>
        <dd>
          <a href={targetLink(target)}>
            {target.repo} on {target.server}
          </a>
        </dd>
      </div>
      <div>
        <dt>Opened</dt>
        <dd>
          <When at={incident.openedAt} now={now} />
        </dd>
      </div>
      <div>
        <dt>Resolved</dt>
        <dd>{resolvedAt === undefined ? 'not yet' : <When at={resolvedAt} now={now} />}</dd>
      </div>
      {owner === undefined ? null : (
        <div>
          <dt>Owner</dt>
          <dd>
            <Said text={owner} />
          </dd>
        </div>
      )}
      {acknowledgement === undefined ? null : (
        <div>
          <dt>Acknowledged by</dt>
          <dd>
            <Who actor={acknowledgement.by} />, <Ago at={acknowledgement.at} now={now} />
          </dd>
        </div>
      )}
      {mute === undefined ? null : (
        <div>
          <dt>Muted</dt>
          <dd>
            <Muted mute={mute} />
          </dd>
        </div>
      )}
    </dl>
  );
}

interface AlikeProps {
  readonly title: string;
  readonly likeIt: LikeIt;
  /** Whether they are of the same target, and so need no name. */
  readonly isHere: boolean;
  readonly now: number;
}

function Alike({ title, likeIt: { rows, more }, isHere, now }: AlikeProps) {
  return (
    <section class="panel alike">
      <h2>{title}</h2>
      {rows.length === 0 ? <p class="quiet">Not since 30 days before it opened.</p> : null}
      <ul>
        {rows.map((row) => (
          <li>
            <a href={incidentLink(row.id)}>
              {isHere ? <When at={row.openedAt} now={now} /> : row.target.server}
            </a>
            <span class="quiet">
              {isHere ? null : (
                <>
                  <When at={row.openedAt} now={now} />,{' '}
                </>
              )}
              {row.resolvedAt === undefined ? 'open' : formatSpan(row.resolvedAt - row.openedAt)}
            </span>
          </li>
        ))}
      </ul>
      {more === 0 ? null : <p class="quiet">and {more} more</p>}
    </section>
  );
}
