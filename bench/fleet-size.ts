import { join } from 'node:path';
import { type Finding, inTurns, type Measure, WARM_UP_ROUNDS } from './measure.ts';
import { rounds, syncedReport } from './reports.ts';
import { fillStore, openScratchService } from './scratch.ts';

/** No more than there are targets in the small fleet: in both, a batch says one thing about each of its targets. */
const BATCH = 100;
const ROUNDS = 300;
/** As long a history for every target in both fleets, so that nothing but their number differs. */
const DEPTH = 5;

interface Order {
  readonly name: string;
  /** Whose turn it is, of `targets`; each comes once per round. */
  readonly at: (turn: number, targets: number) => number;
}

const ORDERS: readonly Order[] = [
  { name: 'hosts in inventory order', at: (turn) => turn },
  // A stride without a divisor in common with any power of ten reaches every target once.
  { name: 'hosts in any order', at: (turn, targets) => (turn * 7919) % targets },
];

/** Does a report cost more to record in a large fleet than in a small one? */
export const fleetSize: Measure = async ({ folder, quick, note }) => {
  const [few, many] = [100, quick ? 10_000 : 100_000];
  const small = await openFleet(join(folder, 'few.db'), few);
  const large = await openFleet(join(folder, 'many.db'), many);
  note(`${few} and ${many} targets with ${DEPTH} reports each in ${small.seconds} and ${large.seconds} s`);
  const findings: Finding[] = [];
  for (const order of ORDERS) {
    const batches = { few: small.nextBatches(order), many: large.nextBatches(order) };
    const { a, b, ratio } = await inTurns(
      ROUNDS,
      (round) => small.store.record(batches.few[round] ?? []),
      (round) => large.store.record(batches.many[round] ?? []),
    );
    findings.push({
      what: `ingest in batches of ${BATCH}, ${order.name}: ${few} targets, or ${many}`,
      before: toRate(a),
      after: toRate(b),
      result: ratio,
      goal: { min: 0.85, max: 1.15 },
    });
  }
  await small.close();
  await large.close();
  return findings;
};

/** A store in which all targets have reported, and that goes on from there. */
async function openFleet(path: string, targets: number) {
  const { store, close } = openScratchService(path);
  const whole = { targets, from: 0, to: DEPTH };
  const { seconds } = await fillStore(store, rounds(whole, syncedReport));
  let turn = DEPTH * targets;
  // Made beforehand, so that only the recording is timed.
  const nextBatches = ({ at }: Order) => {
    // From a new round on: in one begun in another order, some targets would come twice, as duplicates.
    turn = Math.ceil(turn / targets) * targets;
    return Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, () =>
      Array.from({ length: BATCH }, () => {
        const report = syncedReport(at(turn % targets, targets), Math.floor(turn / targets));
        turn++;
        return report;
      }),
    );
  };
  return { store, close, nextBatches, seconds: seconds.toFixed(1) };
}

function toRate(batchMs: number): string {
  return `${Math.round(BATCH / (batchMs / 1000))}/s`;
}
