/**
 * The position of a report among those of its target. No two reports of a target have the same one. Epoch
 * milliseconds.
 */
export interface HistoryKey {
  readonly checkedAt: number;
  readonly receivedAt: number;
}

export function compareKeys(a: HistoryKey, b: HistoryKey): number {
  return a.checkedAt - b.checkedAt || a.receivedAt - b.receivedAt;
}
