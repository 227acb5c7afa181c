import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, type TestService } from './service.ts';

/** Minutes after noon, in the form of the API. */
export const minute = (n: number) => iso(NOON + n * MINUTE);

/** In sync at 0, drifted by a hand at 10, repaired by a deploy at 20, silent from 30, back at 60. */
export async function aDay(at: TestService): Promise<void> {
  at.now = NOON + HOUR;
  const run = (n: number) => ({ last_check: minute(n), run_url: `https://ci.example/${n}` });
  await at.post([
    aBody({ commit: 'a', ...run(0) }),
    aDrift(['rsyslog.conf'], { commit: 'a', ...run(10) }),
    aDrift(['rsyslog.conf', 'x'], { commit: 'a', ...run(15) }),
    aBody({ commit: 'b', ...run(20) }),
  ]);
}
