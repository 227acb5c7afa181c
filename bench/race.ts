import { type Child, cpuMs } from './child.ts';
import { Connections } from './load.ts';
import { inTurns, WARM_UP_ROUNDS } from './measure.ts';

export const CONNECTIONS = 64;
/** Many short rounds: other load on the machine comes and goes within seconds. */
const ROUNDS = 61;

export interface Racer {
  readonly child: Child;
  /** The next round of requests, made while nobody is timed. */
  readonly requests: () => Buffer[];
}

/** What a round came to at one server. */
interface Lap {
  readonly ms: number;
  /** Processor time of the server in the average round. */
  readonly cpuMs: number;
}

/** Rounds of requests to two servers, in turns, each over as many connections: the median round of each. */
export async function race(a: Racer, b: Racer): Promise<{ a: Lap; b: Lap }> {
  const toA = await Connections.open(a.child.port, CONNECTIONS);
  const toB = await Connections.open(b.child.port, CONNECTIONS);
  const cpuOfA = cpuPerRound(a.child);
  const cpuOfB = cpuPerRound(b.child);
  let next: { a: Buffer[]; b: Buffer[] } = { a: [], b: [] };
  const ms = await inTurns(
    ROUNDS,
    () => toA.send(next.a),
    () => toB.send(next.b),
    async () => {
      next = { a: a.requests(), b: b.requests() };
    },
  );
  toA.close();
  toB.close();
  return { a: { ms: ms.a, cpuMs: cpuOfA() }, b: { ms: ms.b, cpuMs: cpuOfB() } };
}

function cpuPerRound({ pid }: Child): () => number {
  const before = cpuMs(pid);
  return () => (cpuMs(pid) - before) / (WARM_UP_ROUNDS + ROUNDS);
}
