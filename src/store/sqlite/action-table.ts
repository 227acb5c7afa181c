import type Sqlite from 'better-sqlite3';
import { type ActionSubject, actionEvent, type NewAction, type RecordedAction } from '../../domain/action.ts';
import type { Range } from '../../domain/instant.ts';
import { eventMatcher } from '../../domain/questions/event-matcher.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import { ReadBudget } from '../read-budget.ts';
import { toJsonObject, toLabels } from '../row-values.ts';
import { eventInsert } from './event-log.ts';
import { prepared } from './prepared.ts';
import { insertList, type RawRow, selectList } from './raw-rows.ts';
import { actions } from './schema.ts';
import type { BetweenSlices } from './slices.ts';

type ActionRow = RawRow<typeof actions>;
type NewActionRow = Omit<ActionRow, 'id'> & { readonly id: null };

/** How many rows one statement reads. */
const SLICE = 500;

/** By `action_recorded`, from its end. The labels are those that the target has now, by `target_name`. */
const BEFORE = `
  SELECT ${selectList(actions, 'a')}, t.labels FROM action a
  LEFT JOIN target t ON t.repo = a.repo AND t.server = a.server
  WHERE (a.recorded_at, a.id) < (:beforeAt, :beforeId) AND a.recorded_at >= :from
  ORDER BY a.recorded_at DESC, a.id DESC LIMIT ${SLICE}`;

interface Before {
  readonly from: number;
  readonly beforeAt: number;
  readonly beforeId: number;
}

/**
 * Makes a function that writes an action and its event in the caller's transaction, together with what was done.
 * `subject` has the target's labels and the incident, for the event.
 */
export function actionWrite(client: Sqlite.Database): (action: NewAction, subject?: ActionSubject) => void {
  const insert = client.prepare<[NewActionRow]>(`INSERT INTO action ${insertList(actions)}`);
  const insertEvent = eventInsert(client);
  return (action, subject) => {
    insert.run(fromAction(action));
    const event = actionEvent(action, subject);
    if (event !== undefined) insertEvent(event);
  };
}

/** Newest first. */
export function actionsInRange(
  client: Sqlite.Database,
  filter: TargetFilter,
  asked: {
    readonly range: Range;
    readonly limit?: number | undefined;
    readonly betweenSlices: BetweenSlices;
  },
): RecordedAction[] {
  const { limit = Number.POSITIVE_INFINITY } = asked;
  const matches = eventMatcher(filter);
  const budget = new ReadBudget();
  return client.transaction(() => {
    const found: RecordedAction[] = [];
    for (const row of newestFirst(client, asked)) {
      if (!matches(subjectOf(row))) continue;
      budget.take(1, row.detail?.length);
      found.push(toAction(row));
      if (found.length >= limit) break;
    }
    return found;
  })();
}

interface LabelledRow extends ActionRow {
  /** Null if there is no such target, or none by that name. */
  readonly labels: string | null;
}

function subjectOf({ repo, server, labels }: LabelledRow) {
  return {
    repo: repo ?? undefined,
    server: server ?? undefined,
    labels: labels === null ? {} : toLabels(labels),
  };
}

function* newestFirst(
  client: Sqlite.Database,
  { range, betweenSlices }: { readonly range: Range; readonly betweenSlices: BetweenSlices },
): Generator<LabelledRow, void> {
  const before = prepared<[Before], LabelledRow>(client, BEFORE);
  let last = { recordedAt: range.to, id: 0 };
  for (;;) {
    const slice = before.all({ from: range.from, beforeAt: last.recordedAt, beforeId: last.id });
    yield* slice;
    const end = slice.at(-1);
    if (end === undefined || slice.length < SLICE) return;
    last = end;
    betweenSlices();
  }
}

function fromAction({ recordedAt, actor, what, ...about }: NewAction): NewActionRow {
  return {
    id: null,
    recordedAt,
    actor: actor.name ?? null,
    verified: Number(actor.verified),
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
    actor: { name: row.actor ?? undefined, verified: row.verified === 1 },
    what: row.what,
    repo: row.repo ?? undefined,
    server: row.server ?? undefined,
    incidentId: row.incidentId ?? undefined,
    detail: row.detail === null ? undefined : toJsonObject(row.detail),
  };
}
