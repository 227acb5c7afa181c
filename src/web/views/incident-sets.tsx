import type { IncidentSet } from '../../domain/questions/incident-sets.ts';
import { shownName } from '../../domain/shown.ts';
import { incidentLink, linkTo } from './links.ts';
import { SPAN_MS } from './range-nav.tsx';
import { Name } from './shown.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import type { TargetRecord, TargetView } from './target-view.ts';
import { When } from './time.tsx';
import { causeWords, formatSpan } from './words.ts';

/** The incidents of a target, a line per set of files. */
export function IncidentSets({ view: { target, record, time } }: { view: TargetView }) {
  const { sets, setCount, compliance } = record;
  const range = record.range.to - record.range.from > SPAN_MS['30d'] ? '90d' : '30d';
  const all = linkTo('/incidents', { repo: target.repo, server: target.server, range, each: 'true' });
  return (
    <section aria-labelledby="incidents">
      <div class="head">
        <h2 id="incidents">
          Incidents in {recordWords(record)}: {compliance.incidents}
        </h2>
        {sets.length === 0 ? null : (
          <p class="quiet small">
            The same files are one line. <a href={all}>One by one</a>
          </p>
        )}
      </div>
      {sets.length === 0 ? (
        <p class="none">None.</p>
      ) : (
        <Table
          caption="Incidents, a line per set of files"
          kind="sets"
          heads={[
            'Files',
            <Head kind="num">How often</Head>,
            <Head kind="num">Median</Head>,
            <Head kind="num">Latest</Head>,
            'Cause',
          ]}
        >
          {sets.map((set) => (
            <SetRow set={set} href={incidentLink(set.latest.id)} now={time.at} />
          ))}
        </Table>
      )}
      {setCount > sets.length ? (
        <p>
          <a href={all}>{setCount - sets.length} more sets of files</a>
        </p>
      ) : null}
    </section>
  );
}

function SetRow({ set, href, now }: { set: IncidentSet; href: string; now: number }) {
  const { times, medianMs, latest, isOpen } = set;
  const { short, long } = causeWords(latest.cause);
  return (
    <Row>
      <RowHead kind="clip name">
        <SetName set={set} href={href} />
      </RowHead>
      <Cell kind="num often">{times}×</Cell>
      <Cell kind="num median">{formatSpan(medianMs)}</Cell>
      <Cell kind="num latest">
        <When at={latest.openedAt} now={now} /> {isOpen ? <b class="open">open</b> : null}
      </Cell>
      <Cell kind="cause quiet" title={long}>
        {short}
      </Cell>
    </Row>
  );
}

/** The first name, and how many more. */
function SetName({ set: { files, unnamed }, href }: { set: IncidentSet; href: string }) {
  const [first, ...others] = files.names;
  if (first === undefined) return <a href={href}>files not named</a>;
  const more = files.isCut ? `+${others.length}…` : `+${others.length}`;
  return (
    <>
      <a href={href} title={shownName(first)}>
        <Name of={first} />
      </a>{' '}
      {others.length === 0 ? null : (
        <a
          class="tag"
          href={href}
          title={others.map((name) => shownName(name)).join('\n')}
          aria-label={`${more} more`}
        >
          {more}
        </a>
      )}{' '}
      {unnamed ? <span class="tag">not all named</span> : null}
    </>
  );
}

/** `30 days`, or the length of the picture. */
export function recordWords({ range }: TargetRecord): string {
  return formatSpan(range.to - range.from).replace(/ d$/, ' days');
}
