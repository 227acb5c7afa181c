import { type Child, cpuMs } from './child.ts';
import { Connections } from './load.ts';
import { inTurns, WARM_UP_ROUNDS } from './measure.ts';

export const CONNECTIONS = 64;
/** Many short rounds: other load on the machine comes and goes within seconds. */
export const ROUNDS = 61;

export interface Racer {
  readonly child: Child;
  /** More servers that take requests of a round, each over as many of the connections. */
  readonly others?: readonly Child[];
  /** The next round of requests, made while nobody is timed. */
  readonly requests: () => Buffer[];
}

/** What a round came to at one side. */
interface Lap {
  readonly ms: number;
  /** Processor time of the servers in the average round. */
  readonly cpuMs: number;
}

/** Rounds of requests to two sides, in turns, each over as many connections: the median round of each. */
export async function race(
  a: Racer,
  b: Racer,
  { rounds = ROUNDS }: { rounds?: number } = {},
): Promise<{ a: Lap; b: Lap }> {
  const toA = await connect(a);
  const toB = await connect(b);
  const cpuOfA = cpuPerRound(a, rounds);
  const cpuOfB = cpuPerRound(b, rounds);
  let next: { a: Buffer[]; b: Buffer[] } = { a: [], b: [] };
  const ms = await inTurns(
    rounds,
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

function connect({ child, others = [] }: Racer): Promise<Connections> {
  return Connections.open(
    [child, ...others].map(({ port }) => port),
    CONNECTIONS,
  );
}

function cpuPerRound({ child, others = [] }: Racer, rounds: number): () => number {
  const sum = () => [child, ...others].reduce((ms, { pid }) => ms + cpuMs(pid), 0);
  const before = sum();
  return () => (sum() - before) / (WARM_UP_ROUNDS + rounds);
}
