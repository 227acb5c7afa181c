import { FilterForm } from './fleet-filter.tsx';
import { GroupTable } from './fleet-group-table.tsx';
import { fleetLink } from './fleet-links.ts';
import type { FleetGroup, FleetQuery, FleetView, TargetRow } from './fleet-view.ts';
import { countsInWords } from './fleet-words.ts';
import { targetLink } from './links.ts';
import { Name } from './shown.tsx';
import { formatShare, plural, STATE_WORDS } from './words.ts';

/** A larger group is drawn with small cells, and its targets have a page of their own. */
const MOST_OPENED = 24;
/** The page has at most this many lines, closed; more would make it heavy. */
const MOST_LINES = 200;
/** With more, no single target would be visible. The worst come first, so only those in sync are cut. */
const MOST_CELLS = 1000;
const MOST_GROUPS = 100;
const MOST_GROUPINGS = 8;

/** Whether the groups are too large to be opened in place. */
export function isDense(groups: readonly FleetGroup[]): boolean {
  const all = groups.reduce((sum, { targets }) => sum + targets.length, 0);
  return all > MOST_LINES || groups.some(({ targets }) => targets.length > MOST_OPENED);
}

interface MapProps {
  readonly view: FleetView;
  readonly groups: readonly FleetGroup[];
  readonly now: number;
  readonly dense: boolean;
}

/** The whole fleet: a line per group, with a cell per target. */
export function FleetMap({ view, groups, now, dense }: MapProps) {
  const { query, groupings } = view;
  const by = query.group ?? 'repo';
  const rest = groups.slice(MOST_GROUPS);
  return (
    <section aria-labelledby="fleet">
      <div class="section">
        <h2 id="fleet">The whole fleet</h2>
        {groupings.length === 1 ? null : (
          <p>
            Group by{' '}
            {groupings.slice(0, MOST_GROUPINGS).map((key) => (
              <>
                <a
                  href={fleetLink(query, { group: key })}
                  {...(key === by ? { 'aria-current': 'true' } : {})}
                >
                  {key}
                </a>{' '}
              </>
            ))}
          </p>
        )}
      </div>
      <details class="more" id="filter">
        <summary>Filter</summary>
        <FilterForm view={view} />
      </details>
      <div class={dense ? 'map dense' : 'map'}>
        {groups.slice(0, MOST_GROUPS).map((group) => (
          <Group {...{ query, group, by, now, dense }} />
        ))}
        {rest.length === 0 ? null : (
          <p>
            {plural(rest.length, 'more group')} are not drawn.{' '}
            <a href={fleetLink(query, { view: 'list' })}>All targets</a>
          </p>
        )}
      </div>
    </section>
  );
}

interface GroupProps {
  readonly query: FleetQuery;
  readonly group: FleetGroup;
  readonly by: string;
  readonly now: number;
  readonly dense: boolean;
}

function Group({ query, group, by, now, dense }: GroupProps) {
  const id = `group-${group.name === undefined ? '' : encodeURIComponent(group.name)}`;
  const link = linkOf(query, by, group);
  if (dense)
    return (
      <div id={id} class="group">
        <h3>
          {link === undefined ? (
            <Title {...{ group, by }} />
          ) : (
            <a href={link}>
              <Title {...{ group, by }} />
            </a>
          )}
        </h3>
        <Words {...{ query, group }} />
        <Cells targets={group.targets} />
      </div>
    );
  return (
    <div id={id} class="group">
      <details id={`${id}-targets`}>
        <summary>
          <b>
            <Title {...{ group, by }} />
          </b>
          <Words {...{ query, group }} />
        </summary>
        <div>
          {link === undefined ? null : (
            <p>
              <a href={link}>
                Only <Title {...{ group, by }} />
              </a>
            </p>
          )}
          <GroupTable {...{ group, now }} />
        </div>
      </details>
      <Cells targets={group.targets} named />
    </div>
  );
}

function Title({ group: { name }, by }: { group: FleetGroup; by: string }) {
  return name === undefined ? <>no {by}</> : <Name of={name} />;
}

function Words({ query, group }: { query: FleetQuery; group: FleetGroup }) {
  return (
    <>
      <span class="counts">{countsInWords(group.counts)}</span>
      <span class="rate">
        {query.at !== undefined ? null : (
          <>
            <b>{group.inSyncRatio === undefined ? 'no data' : formatShare(group.inSyncRatio)}</b>{' '}
            <small>30 d</small>
          </>
        )}
      </span>
    </>
  );
}

/** For the mouse; the words beside it, and the list behind the name, are for everybody. */
function Cells({ targets, named = false }: { targets: readonly TargetRow[]; named?: boolean }) {
  const more = targets.length - MOST_CELLS;
  return (
    <div class="cells" aria-hidden="true">
      {targets.slice(0, MOST_CELLS).map((target) => {
        const title = `${target.repo} on ${target.server}: ${STATE_WORDS[target.worst].toLowerCase()}`;
        return (
          <a tabindex={-1} class={target.worst} href={targetLink(target)} {...(named ? { title } : {})} />
        );
      })}
      {more > 0 ? ` and ${plural(more, 'more target')}` : null}
    </div>
  );
}

/** Undefined for targets without that label: no filter selects these. */
function linkOf(query: FleetQuery, by: string, { name }: FleetGroup): string | undefined {
  if (name === undefined) return undefined;
  return fleetLink(query, {
    group: undefined,
    ...(by === 'repo' ? { repo: [name] } : { label: [`${by}:${name}`] }),
  });
}
