import { formatInstant } from '../../domain/instant.ts';
import { targetKey } from '../../domain/target.ts';
import { DiffersSection } from './differs.tsx';
import { ExportSection } from './export.tsx';
import { IncidentSets } from './incident-sets.tsx';
import { LanesPicture } from './lanes.tsx';
import { type Frame, Page } from './layout.tsx';
import { linkTo, type Params, targetLink } from './links.ts';
import { LinkedCommit } from './pipeline.tsx';
import { RangeForm } from './range-form.tsx';
import { RangeNav, SPAN_WORDS } from './range-nav.tsx';
import { ReportsPanel } from './report-table.tsx';
import { StateLabel } from './state.tsx';
import { TargetActions } from './target-actions.tsx';
import { TargetAdvice } from './target-advice.tsx';
import { TargetFacts } from './target-facts.tsx';
import { targetFormLink } from './target-forms.tsx';
import { CheckDurationsPanel, RecordPanel } from './target-record.tsx';
import type { TargetView } from './target-view.ts';
import { Ago, Duration, Instant, When } from './time.tsx';
import { formatMinute, formatSpan, STATE_WORDS } from './words.ts';

/** The page of one target: its state, what to do, its history, and what differs. */
export function targetPage(view: TargetView, frame: Frame) {
  const { target, time, record } = view;
  const { state, repo, server } = target;
  const { at, isPast } = time;
  const on = isPast ? ` on ${formatMinute(at)}` : '';
  return (
    <Page
      style="target"
      frame={frame}
      title={`${STATE_WORDS[state]}${on}: ${repo} on ${server}`}
      json={linkTo('/api/v1/status', { repo, server, ...(isPast ? { at: formatInstant(at) } : {}) })}
      isLive={!isPast}
    >
      <div class="head target">
        <div>
          <p class="crumbs">
            <a href="/">Fleet</a> / <a href={linkTo('/', { repo })}>{repo}</a> /
          </p>
          <h1>
            {server}
            {isPast ? (
              <>
                {' on '}
                <Instant at={at} />
              </>
            ) : null}
          </h1>
          <Headline view={view} />
        </div>
        {isPast ? null : <TargetActions target={target} />}
      </div>
      <div class="two">
        <div>
          <TargetAdvice target={target} differs={view.differs} now={at} flaps={record.flaps} />
          <History view={view} />
          <DiffersSection view={view} kept={timeParams(view)} />
          <IncidentSets view={view} />
        </div>
        <aside aria-label="Facts">
          <TargetFacts view={view} />
          <RecordPanel record={record} />
          <CheckDurationsPanel took={view.took} />
          <ReportsPanel view={view} kept={timeParams(view)} />
          <ExportSection view={view} />
          {isPast ? null : (
            <p class="quiet small gone">
              Does it no longer exist? <a href={targetFormLink('/target/retire', target)}>Retire</a>
            </p>
          )}
        </aside>
      </div>
    </Page>
  );
}

/** The state, for how long, and by which check. Ages in the past do not grow. */
function Headline({ view: { target, time, record } }: { view: TargetView }) {
  const { state, incident, since, checkedAt, commit } = target;
  const { at, isPast } = time;
  return (
    <p class="headline" data-target={targetKey(target)} data-state={state}>
      <StateLabel state={state} />{' '}
      <span>
        {state === 'OUT_OF_SYNC' || incident === undefined ? 'for ' : 'with an incident open for '}
        <b>{isPast ? formatSpan(at - since) : <Duration since={since} now={at} />}</b>
        {checkedAt === undefined ? ', never checked' : ', checked '}
        {checkedAt === undefined ? null : (
          <b>{isPast ? <When at={checkedAt} now={at} /> : <Ago at={checkedAt} now={at} />}</b>
        )}
        {commit === undefined ? null : (
          <>
            {' at '}
            <LinkedCommit id={commit} repo={target.repo} />
          </>
        )}
      </span>
      {record.flaps === undefined ? null : <span class="tag">flapping</span>}
      {isPast ? (
        <span>
          This is how it was. <a href={targetLink(target)}>See it now</a>
        </span>
      ) : null}
    </p>
  );
}

function History({ view }: { view: TargetView }) {
  const { target, time, lanes, query } = view;
  const at = time.span !== undefined && time.isPast ? formatInstant(time.at) : undefined;
  return (
    <section aria-labelledby="history">
      <div class="head">
        <h2 id="history">
          <HistoryWords view={view} />
        </h2>
        <div class="range">
          {time.span === undefined ? <a href={targetLink(target)}>Back to 24 hours</a> : null}
          <RangeNav chosen={time.span} linkTo={(range) => targetLink(target, { range, at })} />
          <RangeForm
            action="/target"
            kept={{ repo: target.repo, server: target.server }}
            range={lanes.range}
            isOpen={false}
          />
        </div>
      </div>
      <LanesPicture
        lanes={lanes}
        repo={target.repo}
        at={query.at === undefined ? undefined : time.cursorAt}
      />
    </section>
  );
}

function HistoryWords({ view: { time } }: { view: TargetView }) {
  const { span, range, isPast, at } = time;
  if (span !== undefined)
    return <>{isPast ? `The ${SPAN_WORDS[span]} before` : `The last ${SPAN_WORDS[span]}`}</>;
  return (
    <>
      <When at={range.from} now={at} /> to <When at={range.to} now={at} />
    </>
  );
}

/** The parts of its address that links on the page keep. */
function timeParams({ query: { range, from, to, at } }: TargetView): Params {
  const instant = (ms: number | undefined) => (ms === undefined ? undefined : formatInstant(ms));
  return {
    range: range === '24h' ? undefined : range,
    from: instant(from),
    to: instant(to),
    at: instant(at),
  };
}
