import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, type TestService } from './service.ts';

export type Row = Record<string, unknown>;

/** Minutes after noon, in the form of the API and of a panel's time column. */
export const minute = (n: number) => iso(NOON + n * MINUTE);
export const time = (n: number) => NOON + n * MINUTE;

/** lab drifts from 10 to 20 and falls silent at 30; prod is in sync, on a new commit since 20. */
export async function anHour(at: TestService): Promise<void> {
  at.now = NOON + HOUR;
  const prod = { server: 'prod', expected_interval_s: 3600 };
  await at.post([
    aBody({ commit: 'aaaa', last_check: minute(0) }),
    aDrift(['x', 'y'], { commit: 'aaaa', last_check: minute(10), run_url: 'https://ci.example/1' }),
    aBody({ commit: 'bbbb', last_check: minute(20) }),
    aBody({ ...prod, commit: 'aaaa', last_check: minute(5) }),
    aBody({ ...prod, commit: 'bbbb', last_check: minute(20) }),
  ]);
}
