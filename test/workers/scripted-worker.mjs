import { setTimeout as sleep } from 'node:timers/promises';

/** The path of the question says what it answers. */
export async function answer({ question, interest }) {
  const flags = new Int32Array(interest);
  Atomics.store(flags, 1, 1);
  const { pathname } = new URL(question.url);
  // One that checks whether it is still wanted, and one that never does.
  while (pathname === '/patient' && Atomics.load(flags, 0) === 0) await sleep(5);
  while (pathname === '/deaf') await sleep(5);
  return { status: 200, headers: [], body: undefined, reason: pathname, freshUntil: undefined };
}

export function checkpoint(path) {
  if (path === 'broken') throw new Error('It cannot be copied.');
}
