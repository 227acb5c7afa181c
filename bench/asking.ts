import { setTimeout as sleep } from 'node:timers/promises';
import { Connections, wireRequest } from './load.ts';

/** From an answer to the next question, at nearly no load. */
const PAUSE_MS = 2;

/** Asks `/healthz` again and again until some work is done. Returns the time of each answer and of the work. */
export async function healthWhile(
  port: number,
  work: () => Promise<unknown>,
): Promise<{ latenciesMs: number[]; workMs: number }> {
  const connection = await Connections.open(port, 1);
  const request = wireRequest({ method: 'GET', path: '/healthz', port });
  const latenciesMs: number[] = [];
  let isWorking = true;
  const asking = (async () => {
    while (isWorking) {
      latenciesMs.push((await connection.send([request])).elapsedMs);
      await sleep(PAUSE_MS);
    }
  })();
  const startedAt = performance.now();
  await work();
  const workMs = performance.now() - startedAt;
  isWorking = false;
  await asking;
  connection.close();
  return { latenciesMs, workMs };
}
