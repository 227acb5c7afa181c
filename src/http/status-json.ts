import type { State } from '../domain/state.ts';
import type { TargetStatus } from '../store/store.ts';
import { sinceOf, stateOf, toStatusRow } from './schemas/status.ts';

interface WrittenRow {
  readonly state: State;
  readonly since: number;
  readonly text: string;
  readonly byteLength: number;
}

const OPEN = '['.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CLOSE = ']'.charCodeAt(0);

/**
 * Writes statuses as the JSON array of their rows. A row is written once, as long as its status is the same object:
 * of the instant nothing in it depends but the state, and since when.
 */
export class StatusJson {
  readonly #rows = new WeakMap<TargetStatus, WrittenRow>();

  /** In UTF-8. Row by row into its place: to join the texts and to encode that costs several times as much. */
  write(statuses: readonly TargetStatus[], at: number): Buffer<ArrayBuffer> {
    const rows = statuses.map((status) => this.#rowOf(status, at));
    const byteLength = rows.reduce((sum, row) => sum + row.byteLength + 1, 1);
    const json = Buffer.allocUnsafeSlow(Math.max(byteLength, 2));
    let end = 0;
    for (const { text } of rows) {
      json[end] = COMMA;
      end += 1 + json.write(text, end + 1);
    }
    json[0] = OPEN;
    json[json.length - 1] = CLOSE;
    return json;
  }

  #rowOf(status: TargetStatus, at: number): WrittenRow {
    const [state, since] = [stateOf(status, at), sinceOf(status, at)];
    const known = this.#rows.get(status);
    if (known !== undefined && known.state === state && known.since === since) return known;
    const text = JSON.stringify(toStatusRow(status, at));
    const row = { state, since, text, byteLength: Buffer.byteLength(text) };
    this.#rows.set(status, row);
    return row;
  }
}
