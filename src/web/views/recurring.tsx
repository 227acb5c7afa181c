import type { Recurrence } from '../../domain/questions/recurrence.ts';
import { FileNames } from './file-names.tsx';
import { linkTo, targetLink } from './links.ts';
import { SPAN_WORDS, type Span } from './range-nav.tsx';
import { Cell, Row, RowHead, Table } from './table.tsx';
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
      <h2 id="recurring">Recurring drift</h2>
      <Table
        caption="Recurring: the same files of the same target"
        kind="recurring"
        heads={[withTarget ? 'Target' : undefined, 'Files', 'How often', 'Latest']}
      >
        {recurrences.map((recurrence) => (
          <RecurrenceLine recurrence={recurrence} span={span} withTarget={withTarget} />
        ))}
      </Table>
    </section>
  );
}

function RecurrenceLine({
  recurrence,
  span,
  withTarget,
}: Omit<RecurringProps, 'recurrences'> & { recurrence: Recurrence }) {
  const { target, files, times, medianTimeToResolveMs: median, lastOpenedAt, open } = recurrence;
  return (
    <Row>
      {withTarget ? (
        <RowHead>
          <a href={targetLink(target)}>
            {target.repo} on {target.server}
          </a>
        </RowHead>
      ) : null}
      <Cell label="Files">
        <FileNames
          {...files}
          count={files.names.length}
          shown={3}
          rest={linkTo('/incidents', { ...target, range: span })}
        />
      </Cell>
      <Cell label="How often">
        {times} times in {SPAN_WORDS[span]}
        {median === undefined ? '' : `, median ${formatSpan(median)}`}
      </Cell>
      <Cell label="Latest">
        <Instant at={lastOpenedAt} /> {open ? <b class="open">open</b> : null}
      </Cell>
    </Row>
  );
}
