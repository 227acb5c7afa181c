import { EmptyFleet } from './empty-fleet.tsx';
import { FleetFilter } from './fleet-filter.tsx';
import { atParam, fleetLink } from './fleet-links.ts';
import { FleetMap, isDense } from './fleet-map.tsx';
import { FleetSummary } from './fleet-summary.tsx';
import { FleetTable } from './fleet-table.tsx';
import { TimeNav } from './fleet-time.tsx';
import type { FleetView } from './fleet-view.ts';
import { answerOf, detailsOf, headlineOf, isFiltered } from './fleet-words.ts';
import { FoundCommitLine } from './found-commit.tsx';
import { type Frame, Page } from './layout.tsx';
import { linkTo } from './links.ts';
import { Paging } from './paging.tsx';
import { ProblemTable } from './problem-table.tsx';
import { Name } from './shown.tsx';
import { Ago, Duration, Instant } from './time.tsx';
import { plural } from './words.ts';

interface FleetProps {
  readonly view: FleetView;
  /** The instant for ages: now, or the one that is shown. */
  readonly now: number;
}

/** The fleet page: what is wrong, since when, and who acts. */
export function fleetPage(view: FleetView, frame: Frame) {
  const isPast = view.query.at !== undefined;
  return (
    <Page
      frame={isPast ? { ...frame, now: view.at } : frame}
      title={headlineOf(view)}
      here="fleet"
      style="fleet"
      q={view.query.q}
      isLive={!isPast}
      json={linkTo('/api/v1/status', { at: atParam(view.query.at) })}
    >
      {view.targets === 0 && !isPast ? (
        <EmptyFleet publicUrl={view.publicUrl} now={frame.now} />
      ) : (
        <>
          <div class="head">
            <div>
              <Headline view={view} />
              <FoundCommitLine of={view.commit} />
              <Sub view={view} now={view.at} />
            </div>
            <TimeNav query={view.query} now={frame.now} />
          </div>
          <Shown view={view} now={view.at} />
        </>
      )}
    </Page>
  );
}

function Headline({ view }: { view: FleetView }) {
  const answer = answerOf(view);
  if (view.query.at === undefined) return <h1>{answer}</h1>;
  return (
    <h1>
      At <Instant at={view.at} />, {`${answer.slice(0, 1).toLowerCase()}${answer.slice(1)}`}
    </h1>
  );
}

function Sub({ view, now }: FleetProps) {
  const { query, newestCheckAt } = view;
  return (
    <p class="sub">
      {detailsOf(view)}{' '}
      {newestCheckAt === undefined || isFiltered(view) ? null : (
        <>
          The newest check{' '}
          {query.at === undefined ? (
            <>
              came <Ago at={newestCheckAt} now={now} />.{' '}
            </>
          ) : (
            <>
              had come <Duration since={newestCheckAt} now={now} /> before.{' '}
            </>
          )}
        </>
      )}
      {isFiltered(view) ? <a href={linkTo('/', { at: atParam(query.at) })}>See the whole fleet</a> : null}
    </p>
  );
}

function Shown({ view, now }: FleetProps) {
  if (view.targets === 0) return null;
  return view.shown.kind === 'list' ? <List {...{ view, now }} /> : <Overview {...{ view, now }} />;
}

function List({ view, now }: FleetProps) {
  const { shown, query, matching } = view;
  if (shown.kind !== 'list') return null;
  return (
    <>
      <FleetFilter view={view} />
      {shown.items.length === 0 ? (
        <NoMatch view={view} examples={shown.examples} />
      ) : (
        <>
          <FleetTable query={query} rows={shown.items} now={now} />
          <Paging {...shown} linkTo={(page) => fleetLink(query, { page })}>
            {plural(matching, 'target')}
          </Paging>
        </>
      )}
    </>
  );
}

function Overview({ view, now }: FleetProps) {
  const { shown, query } = view;
  if (shown.kind !== 'overview') return null;
  const dense = isDense(shown.groups);
  return (
    <>
      <FleetSummary view={view} overview={shown} />
      <div class={dense ? 'split' : undefined}>
        <section aria-labelledby="needs">
          <div class="section">
            <h2 id="needs">What is wrong, and who acts</h2>
            <p>
              Worst first, then longest. <a href={fleetLink(query, { view: 'list' })}>One line per target</a>.{' '}
              <a href="/incidents">All incidents</a>
            </p>
          </div>
          {shown.allProblems === 0 ? (
            <p class="panel">Nothing.</p>
          ) : (
            <ProblemTable {...{ query, now, dense }} problems={shown.problems.items} />
          )}
          {shown.problems.pages === 1 ? null : (
            <Paging {...shown.problems} linkTo={(page) => fleetLink(query, { page })}>
              {plural(shown.allProblems, 'problem')}
            </Paging>
          )}
        </section>
        <FleetMap {...{ view, now, dense }} groups={shown.groups} />
      </div>
    </>
  );
}

/** The search, and the names that it would find. */
function NoMatch({ view: { targets, query }, examples }: { view: FleetView; examples: readonly string[] }) {
  return (
    <div class="panel none">
      <p>
        The names of {plural(targets, 'target')}, the files that differ now and the commits were searched.
      </p>
      <ul>
        {examples.length === 0 ? null : (
          <li>
            A part of a name is enough:{' '}
            {examples.map((example, i) => (
              <>
                {i === 0 ? '' : ', '}
                <a href={linkTo('/', { q: example, at: atParam(query.at) })}>
                  <Name of={example} />
                </a>
              </>
            ))}
          </li>
        )}
        <li>Was it removed? A target that was deleted is not listed any more.</li>
        <li>Has it reported yet? A target exists from its first report on, or from its declaration.</li>
      </ul>
      <p>
        <a class="button" href={linkTo('/', { at: atParam(query.at) })}>
          Clear the search
        </a>
      </p>
    </div>
  );
}
