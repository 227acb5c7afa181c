import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

// The first pause of a job, a minute, is over at once.
const pause = timers.setTimeout;
timers.setTimeout = (ms, ...rest) => pause(ms === 60_000 ? 0 : ms, ...rest);
syncBuiltinESMExports();
