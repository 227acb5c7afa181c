import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is yes; throws if it does not come in time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { withinMs = 60_000, everyMs = 20 } = {},
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}.`);
    await sleep(everyMs);
  }
}
