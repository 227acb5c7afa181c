import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** The first pauses of the jobs, a minute and an hour, end at once. */
const FIRST_MS = [60_000, 3_600_000];

const pause = timers.setTimeout;
timers.setTimeout = (ms, ...rest) => pause(FIRST_MS.includes(ms) ? 0 : ms, ...rest);
syncBuiltinESMExports();
