/** A target flaps if it has this many incidents within seven days. */
const FLAPS_AT = 6;
export const FLAPS_WITHIN_MS = 7 * 86_400_000;

/** Whether a target flaps, by the number of its incidents that opened less than `FLAPS_WITHIN_MS` ago. */
export function flaps(recentIncidents: number): boolean {
  return recentIncidents >= FLAPS_AT;
}
