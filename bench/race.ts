import { Connections } from './load.ts';
import { inTurns } from './measure.ts';

export const CONNECTIONS = 64;

export interface Racer {
  readonly port: number;
  /** The next round of requests; made while nobody is timed. */
  readonly requests: () => Buffer[];
}

/**
 * Rounds of requests to two servers, in turns, each over as many connections: the median milliseconds of a round at
 * each, and the processor time in milliseconds that sending to both and listening took in all.
 */
export async function race(rounds: number, a: Racer, b: Racer) {
  const connections = {
    a: await Connections.open(a.port, CONNECTIONS),
    b: await Connections.open(b.port, CONNECTIONS),
  };
  let requests: Readonly<Record<'a' | 'b', Buffer[]>> = { a: [], b: [] };
  let generatorMs = 0;
  const send = async (side: 'a' | 'b') => {
    const before = process.cpuUsage();
    await connections[side].send(requests[side]);
    const { user, system } = process.cpuUsage(before);
    generatorMs += (user + system) / 1000;
  };
  const prepare = async () => {
    requests = { a: a.requests(), b: b.requests() };
  };
  const times = await inTurns(
    rounds,
    () => send('a'),
    () => send('b'),
    prepare,
  );
  connections.a.close();
  connections.b.close();
  return { ...times, generatorMs };
}

export function toRate(count: number, ms: number): string {
  return `${Math.round(count / (ms / 1000))}/s`;
}
