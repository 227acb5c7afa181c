import { SCHEMA } from '../../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import { aReport, DAY, recordAll } from '../../fixtures.ts';
import { Callers, driftName, SERVERS } from './callers.ts';
import { expectKept, witness } from './invariants.ts';
import { DATABASE, ROLE, type Scene } from './scene.ts';

/** Something that goes wrong under load, and is over when it resolves. */
export interface Fault {
  readonly name: string;
  /** False if targets are deleted: that ends the validity of reports, of which the fold over them does not know. */
  readonly isFolded?: boolean;
  /** `random`: from 0 to 1, the same numbers for the same seed. */
  strike(scene: Scene, random: () => number): Promise<void>;
}

const some = (scene: Scene, random: () => number) => Math.floor(random() * scene.fleet.size);
const times = async (count: number, work: () => Promise<unknown>) => {
  for (let time = 0; time < count; time++) await work();
};

const BACKENDS = `pg_stat_activity WHERE usename = '${ROLE}'`;
const WAITING = `${BACKENDS} AND wait_event = 'SyncRep'`;

/** Of nodes, and of the PostgreSQL itself. */
const ENDS: readonly Fault[] = [
  {
    name: 'a node is killed',
    strike: (scene, random) => scene.fleet.restart(some(scene, random), 'SIGKILL'),
  },
  {
    name: 'a node is replaced',
    strike: (scene, random) => scene.fleet.restart(some(scene, random), 'SIGTERM'),
  },
  { name: 'all nodes are killed, and start at the same time', strike: ({ fleet }) => fleet.restartAll() },
  {
    name: 'a node is frozen',
    async strike(scene, random) {
      const place = some(scene, random);
      scene.fleet.signal(place, 'SIGSTOP');
      // Its transaction, if it is in one, holds targets until the database ends it.
      await scene.refused(1);
      await scene.acknowledged(20);
      scene.fleet.signal(place, 'SIGCONT');
    },
  },
  {
    name: 'the postmaster is killed',
    async strike({ postgres }) {
      postgres.kill();
      await postgres.start();
    },
  },
  {
    name: 'the database is stopped at once',
    async strike({ postgres }) {
      await postgres.stop('immediate');
      await postgres.start();
    },
  },
  {
    name: 'the database is restarted',
    async strike({ postgres }) {
      await postgres.stop('fast');
      await postgres.start();
    },
  },
];

const CONNECTIONS: readonly Fault[] = [
  {
    name: 'connections are ended',
    strike: (scene, random) =>
      times(10, async () => {
        await scene.postgres.query(
          `SELECT pg_terminate_backend(pid) FROM ${BACKENDS} AND random() < ${random()}`,
        );
        await scene.acknowledged(3);
      }),
  },
  {
    name: 'statements are cancelled',
    strike: (scene, random) =>
      times(20, async () => {
        await scene.postgres.query(
          `SELECT pg_cancel_backend(pid) FROM ${BACKENDS} AND random() < ${random()}`,
        );
        await scene.acknowledged(2);
      }),
  },
  {
    name: 'there are two connections for all nodes',
    async strike(scene) {
      const limit = (count: number) => scene.postgres.query(`ALTER ROLE ${ROLE} CONNECTION LIMIT ${count}`);
      await limit(2);
      await scene.postgres.query(`SELECT pg_terminate_backend(pid) FROM ${BACKENDS}`);
      await scene.refused(2);
      await limit(-1);
    },
  },
];

/** Stops the process that receives for the standby. Nothing may be acknowledged until it goes on. */
async function withFrozenStandby(scene: Scene, meanwhile: () => Promise<void>): Promise<void> {
  const [receiver] = await scene.standby.query<{ pid: number }>('SELECT pid FROM pg_stat_wal_receiver');
  if (receiver === undefined) throw new Error('The standby must follow.');
  process.kill(receiver.pid, 'SIGSTOP');
  try {
    await allWait(scene);
    const probe = scene.callers.sendOne();
    await meanwhile();
    if (scene.callers.acknowledged.has(probe)) throw new Error('It is not on the standby.');
  } finally {
    process.kill(receiver.pid, 'SIGCONT');
  }
}

/** Resolves once all nodes wait for the standby. */
async function allWait(scene: Scene): Promise<void> {
  const waiting = async () => (await scene.postgres.query(`SELECT FROM ${WAITING}`)).length;
  await scene.until('nobody waits for the standby', async () => (await waiting()) >= scene.fleet.size);
}

const STANDBY: readonly Fault[] = [
  {
    name: 'the standby is frozen',
    strike: (scene) => withFrozenStandby(scene, () => scene.refused(3 * scene.fleet.size)),
  },
  ...(['cancel', 'terminate'] as const).map((what) => ({
    name: `waits for the standby are ${what === 'cancel' ? 'cancelled' : 'ended'}`,
    strike: (scene: Scene) =>
      withFrozenStandby(scene, () =>
        times(4, async () => {
          await scene.postgres.query(`SELECT pg_${what}_backend(pid) FROM ${WAITING}`);
          await allWait(scene);
        }),
      ),
  })),
  {
    name: 'the standby is stopped',
    async strike(scene) {
      await scene.standby.stop('immediate');
      await allWait(scene);
      await scene.standby.start();
    },
  },
  {
    name: 'the standby is slow, and commits wait for what it has replayed',
    async strike(scene) {
      const set = async (setting: string) => {
        await scene.postgres.query(`ALTER SYSTEM ${setting}`);
        await scene.postgres.query('SELECT pg_reload_conf()');
      };
      await set('SET synchronous_commit = remote_apply');
      await scene.standby.query('SELECT pg_wal_replay_pause()');
      await allWait(scene);
      await scene.standby.query('SELECT pg_wal_replay_resume()');
      await scene.acknowledged(20);
      await set('RESET synchronous_commit');
    },
  },
];

/** Removes targets of a repo, one after the other. */
async function remove(
  scene: Scene,
  query: { repo: string; purge: string },
  random: () => number,
): Promise<void> {
  for (let time = 0; time < 20; time++) {
    const target = new URLSearchParams({ ...query, server: `s${Math.floor(random() * SERVERS)}` });
    const answer = await fetch(`${scene.fleet.at(time).url}/api/v1/targets?${target}`, { method: 'DELETE' });
    await answer.text();
    if (![200, 404].includes(answer.status)) throw new Error(`${answer.status} for a deletion.`);
    await scene.acknowledged(2);
  }
}

const CONFLICTS: readonly Fault[] = [
  {
    name: 'others lock targets in another order, and nodes are the victims of the deadlocks',
    async strike(scene) {
      const count = async () => {
        const [row] = await scene.postgres.query<{ deadlocks: string }>(
          `SELECT deadlocks FROM pg_stat_database WHERE datname = '${DATABASE}'`,
        );
        return Number(row?.deadlocks);
      };
      const before = await count();
      const [ids] = await scene.postgres.query<{ ids: string[] }>(
        `SELECT array_agg(s.target_id ORDER BY s.target_id DESC) AS ids FROM ${SCHEMA}.target_status s
         JOIN ${SCHEMA}.target t ON t.id = s.target_id WHERE t.repo = '${scene.callers.repo}'`,
        { database: DATABASE },
      );
      const locks = (ids?.ids ?? []).map(
        (id) =>
          `PERFORM FROM ${SCHEMA}.target_status WHERE target_id = ${id} FOR UPDATE; PERFORM pg_sleep(0.01);`,
      );
      await scene.until('there is no deadlock', async () => {
        // It never looks whether there is one: the others do.
        const rival = `SET deadlock_timeout = '1min'; DO $$ BEGIN ${locks.join(' ')} END $$`;
        await scene.postgres.query(rival, { database: DATABASE });
        return (await count()) >= before + 3;
      });
    },
  },
  ...['40001', '40P01', '55P03', '53200', '57014'].map((code) => ({
    name: `${code} at a fifth of all statements that write statuses, periods or events`,
    async strike(scene: Scene) {
      const query = (text: string) => scene.postgres.query(text, { database: DATABASE });
      await query(`INSERT INTO public.failure VALUES ('${code}')`);
      await scene.acknowledged(40);
      await query('DELETE FROM public.failure');
    },
  })),
  {
    name: 'targets are deleted while they report',
    isFolded: false,
    async strike(scene, random) {
      await remove(scene, { repo: scene.callers.repo, purge: 'false' }, random);
      // What is deleted is not listed before it reports again.
      await scene.acknowledged(20);
    },
  },
  {
    name: 'targets are removed with their history while they report',
    async strike(scene, random) {
      const others = new Callers(scene.fleet, `${scene.callers.repo}-removed`);
      others.start();
      await remove(scene, { repo: others.repo, purge: 'true' }, random);
      const before = new Set(others.sent);
      await scene.acknowledged(20);
      await others.stop();
      const { repo, sent, wrong } = others;
      const acknowledged = new Set([...others.acknowledged].filter((serial) => !before.has(serial)));
      await witness(scene.url, (store) =>
        expectKept(scene.fleet, store, { repo, sent, wrong, acknowledged }),
      );
    },
  },
  {
    name: 'what nobody has used for long is removed while it is found again',
    async strike(scene) {
      const longAgo = Date.now() - 30 * DAY;
      const { url } = scene;
      const past = await openPostgresStore({ url, clock: () => longAgo });
      const { repo } = scene.callers;
      // Ahead of what the callers have found by now.
      const files = Array.from({ length: 400 }, (_, time) => driftName(repo, time));
      const found = files.map((file) => aReport({ repo: 'past', syncStatus: 'OUT_OF_SYNC', files: [file] }));
      await recordAll(
        past,
        found.map((report, place) => ({ ...report, lastCheckAt: longAgo - (place + 1) * 1000 })),
      );
      await past.deleteTarget({ repo: 'past', server: 'rsyslog-lab' }, { purge: true, actor: undefined });
      await past.close();
      const pruner = await openPostgresStore({ url });
      const horizons = { reportsBefore: 0, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
      let removed = 0;
      for await (const { findings = 0 } of pruner.prune(horizons, 1)) removed += findings;
      await pruner.close();
      if (removed === 0) throw new Error('There must have been something to remove.');
    },
  },
];

export const FAULTS: readonly Fault[] = [...ENDS, ...CONNECTIONS, ...STANDBY, ...CONFLICTS];

/** Those that are tried at any length. */
const FIRST = [
  'a node is killed',
  'the postmaster is killed',
  'a node is frozen',
  'waits for the standby are cancelled',
  'others lock targets in another order, and nodes are the victims of the deadlocks',
];

export const FEW: readonly Fault[] = FAULTS.filter(({ name }) => FIRST.includes(name));
