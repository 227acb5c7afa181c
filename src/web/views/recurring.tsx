import type { Recurrence } from '../../domain/questions/recurrence.ts';
import { FileNames } from './file-names.tsx';
import { targetLink } from './links.ts';
import { SPAN_WORDS, type Span } from './range-nav.tsx';
import { Instant } from './time.tsx';
import { formatSpan } from './words.ts';

interface RecurringProps {
  readonly recurrences: readonly Recurrence[];
  readonly span: Span;
  /** Whether there is a column for the target. */
  readonly withTarget: boolean;
}

/** The incidents that came back; nothing where there are none. */
export function Recurring({ recurrences, span, withTarget }: RecurringProps) {
  if (recurrences.length === 0) return null;
  return (
    <section aria-labelledby="recurring">
      <h2 id="recurring">Again and again</h2>
      <table>
        <caption class="unseen">Recurring: the same files of the same target</caption>
        <thead>
          <tr>
            {withTarget ? <th scope="col">Target</th> : null}
            <th scope="col">Files</th>
            <th scope="col">How often</th>
            <th scope="col">Latest</th>
          </tr>
        </thead>
        <tbody>
          {recurrences.map((recurrence) => (
            <Row recurrence={recurrence} span={span} withTarget={withTarget} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({
  recurrence,
  span,
  withTarget,
}: Omit<RecurringProps, 'recurrences'> & { recurrence: Recurrence }) {
  const { target, files, times, medianTimeToResolveMs: median, lastOpenedAt, open } = recurrence;
  return (
    <tr>
      {withTarget ? (
        <th scope="row">
          <a href={targetLink(target)}>
            {target.repo} on {target.server}
          </a>
        </th>
      ) : null}
      <td data-label="Files">
        <FileNames {...files} count={files.names.length} shown={3} />
      </td>
      <td data-label="How often">
        {times} times in {SPAN_WORDS[span]}
        {median === undefined ? '' : `, median ${formatSpan(median)}`}
      </td>
      <td data-label="Latest">
        <Instant at={lastOpenedAt} /> {open ? <b class="open">open</b> : null}
      </td>
    </tr>
  );
}
