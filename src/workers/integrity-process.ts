import { constants, setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

// The process that checks a database. SQLite blocks the thread in which it reads, so it has one of its own: the main
// thread sees at once when the server has gone, and ends with it.

if (isMainThread) {
  setPriority(constants.priority.PRIORITY_LOW);
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const checking = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  checking.on('message', (problems) => process.send?.(problems, () => process.exit()));
} else {
  const path: string = workerData;
  // Only here: the main thread does not need it.
  const { findDamage } = await import('../store/sqlite/damage.ts');
  parentPort?.postMessage(findDamage(path));
}
