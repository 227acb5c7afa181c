import { join } from 'node:path';
import { abandoned } from './abandoned.ts';
import { thinHistory } from './eventful-history.ts';
import { interference } from './interference.ts';
import type { Measure } from './measure.ts';
import { fillFile } from './scratch.ts';
import { shutdown } from './shutdown.ts';

/** How do heavy questions affect everybody else? Each part starts a server on the same ninety days of a fleet. */
export const questions: Measure = async ({ folder, quick, note }) => {
  const targets = quick ? 100 : 1000;
  const path = join(folder, 'status.db');
  // Few reports are enough: answers come from what happened, however often it was reported.
  const { count, seconds } = await fillFile(path, thinHistory(targets));
  note(`${count} reports of ${targets} targets in ${seconds.toFixed(1)} s`);
  const fleet = { path, targets, note };
  return [...(await interference(fleet)), ...(await abandoned(fleet)), ...(await shutdown(fleet))];
};
