import { type ActionSubject, actionEvent, type NewAction, type RecordedAction } from '../../domain/action.ts';
import type { Range } from '../../domain/instant.ts';
import { eventMatcher } from '../../domain/questions/event-matcher.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import { ReadBudget } from '../read-budget.ts';
import { toJsonObject, toLabels } from '../row-values.ts';
import { writeEvents } from './event-rows.ts';
import { actions } from './schema.ts';
import type { Session } from './session.ts';
import type { BetweenSlices } from './slices.ts';
import { statement } from './statement.ts';
import { columnNames, rowsWriter, selectList } from './table-columns.ts';
import type { Transaction } from './transaction.ts';

type ActionRow = typeof actions.$inferSelect;

const WRITE = rowsWriter(actions, { names: columnNames(actions, ['id']) });

/**
 * Sends an action and the event that tells it, in the transaction of what was done. `subject`: the target's labels and
 * the incident, for the event.
 */
export function writeAction(transaction: Transaction, action: NewAction, subject?: ActionSubject): void {
  const event = actionEvent(action, subject);
  transaction.send(WRITE.statement, WRITE.arrays([fromAction(action)]));
  writeEvents(transaction, event === undefined ? [] : [event]);
}

/** How many rows one statement reads. */
const SLICE = 500;

interface Before {
  readonly from: number;
  readonly beforeAt: number;
  readonly beforeId: number;
}

interface LabelledRow extends ActionRow {
  /** Null if there is no such target, or none by that name. */
  readonly labels: string | null;
}

/** By `action_recorded`, from its end; the labels that the target has now by `target_name`. */
const BEFORE = statement<Before, LabelledRow>(`
  SELECT ${selectList(actions, 'a')}, t.labels FROM action a
  LEFT JOIN target t ON t.repo = a.repo AND t.server = a.server
  WHERE (a.recorded_at, a.id) < (:beforeAt::bigint, :beforeId::bigint) AND a.recorded_at >= :from
  ORDER BY a.recorded_at DESC, a.id DESC LIMIT ${SLICE}`);

/** Newest first. */
export async function actionsInRange(
  session: Session,
  filter: TargetFilter,
  asked: {
    readonly range: Range;
    readonly limit?: number | undefined;
    readonly betweenSlices: BetweenSlices;
  },
): Promise<RecordedAction[]> {
  const { limit = Number.POSITIVE_INFINITY } = asked;
  const matches = eventMatcher(filter);
  const budget = new ReadBudget();
  const found: RecordedAction[] = [];
  for await (const row of newestFirst(session, asked)) {
    if (!matches(subjectOf(row))) continue;
    budget.take(1, row.detail?.length);
    found.push(toAction(row));
    if (found.length >= limit) break;
  }
  return found;
}

function subjectOf({ repo, server, labels }: LabelledRow) {
  return {
    repo: repo ?? undefined,
    server: server ?? undefined,
    labels: labels === null ? {} : toLabels(labels),
  };
}

async function* newestFirst(
  session: Session,
  { range, betweenSlices }: { readonly range: Range; readonly betweenSlices: BetweenSlices },
): AsyncGenerator<LabelledRow, void> {
  let last = { recordedAt: range.to, id: 0 };
  for (;;) {
    const slice = await session.all(BEFORE, {
      from: range.from,
      beforeAt: last.recordedAt,
      beforeId: last.id,
    });
    yield* slice;
    const end = slice.at(-1);
    if (end === undefined || slice.length < SLICE) return;
    last = end;
    betweenSlices();
  }
}

function fromAction({ recordedAt, actor, what, ...about }: NewAction): typeof actions.$inferInsert {
  return {
    recordedAt,
    actor: actor.name ?? null,
    verified: actor.verified,
    what,
    repo: about.repo ?? null,
    server: about.server ?? null,
    incidentId: about.incidentId ?? null,
    detail: about.detail === undefined ? null : JSON.stringify(about.detail),
  };
}

function toAction(row: ActionRow): RecordedAction {
  return {
    id: row.id,
    recordedAt: row.recordedAt,
    actor: { name: row.actor ?? undefined, verified: row.verified },
    what: row.what,
    repo: row.repo ?? undefined,
    server: row.server ?? undefined,
    incidentId: row.incidentId ?? undefined,
    detail: row.detail === null ? undefined : toJsonObject(row.detail),
  };
}
