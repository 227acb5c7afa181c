import { SCHEMA } from '../../../src/store/postgres/connection.ts';
import { PostgresProcess } from '../../postgres-process.ts';
import { until } from '../faults/until.ts';
import { Callers } from './callers.ts';
import { Fleet } from './fleet.ts';
import { Follower } from './follower.ts';

export const DATABASE = 'fleet';
/** The role of the nodes. It owns the database and nothing else, so that it can be limited. */
export const ROLE = 'nodes';

/** A fifth of the statements that write fails with the SQLSTATE in this table, if there is one. */
const FAILURE = `
  CREATE TABLE public.failure (code text);
  GRANT SELECT ON public.failure TO ${ROLE};
  CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE chosen text; BEGIN
    SELECT code INTO chosen FROM public.failure WHERE random() < 0.2;
    IF chosen IS NOT NULL THEN RAISE EXCEPTION 'forced' USING ERRCODE = chosen; END IF;
    RETURN NULL;
  END $$;
  ${['target_status', 'period', 'event_pending']
    .map(
      (table) => `CREATE TRIGGER fail AFTER INSERT OR UPDATE OR DELETE ON ${SCHEMA}.${table}
        EXECUTE FUNCTION public.fail();`,
    )
    .join(' ')}`;

/** How long the slowest machine may take. */
const WITHIN_MS = 300_000;

/** A PostgreSQL with a standby that each commit waits for, nodes on it, and one that listens to each of them. */
export class Scene {
  readonly postgres: PostgresProcess;
  readonly standby: PostgresProcess;
  readonly fleet: Fleet;
  readonly followers: readonly Follower[];
  callers: Callers;

  private constructor(parts: Pick<Scene, 'postgres' | 'standby' | 'fleet'>) {
    this.postgres = parts.postgres;
    this.standby = parts.standby;
    this.fleet = parts.fleet;
    this.followers = Array.from({ length: this.fleet.size }, (_, place) => new Follower(this.fleet, place));
    this.callers = new Callers(this.fleet, 'nobody');
  }

  static async start(nodes: number): Promise<Scene> {
    const postgres = await PostgresProcess.create();
    const standby = postgres.standby('standby');
    await Promise.all([postgres.start(), standby.start()]);
    await postgres.query(`CREATE ROLE ${ROLE} LOGIN`);
    await postgres.query(`CREATE DATABASE ${DATABASE} OWNER ${ROLE}`);
    await waitForStandby(postgres);
    await postgres.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await postgres.query('SELECT pg_reload_conf()');
    const fleet = await Fleet.start(postgres.url(DATABASE, ROLE), nodes);
    await postgres.query(FAILURE, { database: DATABASE });
    return new Scene({ postgres, standby, fleet });
  }

  /** The address of the database, for its owner. */
  get url(): string {
    return this.postgres.url(DATABASE);
  }

  /** Others begin to report to another repo. */
  call(repo: string): Callers {
    this.callers = new Callers(this.fleet, repo);
    this.callers.start();
    return this.callers;
  }

  /** Resolves once so many more requests were acknowledged. */
  async acknowledged(more: number): Promise<void> {
    const { acknowledgedAt } = this.callers;
    const enough = acknowledgedAt.length + more;
    await this.until('nothing is acknowledged', () => acknowledgedAt.length >= enough);
  }

  /** Resolves once each node has acknowledged something after this was called. */
  async allAcknowledge(): Promise<void> {
    const before = this.callers.byNode;
    await this.until('a node acknowledges nothing', () =>
      this.callers.byNode.every((count, place) => count > (before[place] ?? 0)),
    );
  }

  /** Resolves once so many more requests had to be sent again. */
  async refused(more: number): Promise<void> {
    const enough = this.callers.refused + more;
    await this.until('nothing is refused', () => this.callers.refused >= enough);
  }

  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    return until(what, condition, { withinMs: WITHIN_MS, everyMs: 50 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.stop()));
    await this.fleet.stop();
    await this.standby.remove();
    await this.postgres.remove();
  }
}

async function waitForStandby(postgres: PostgresProcess): Promise<void> {
  const streaming = `SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'`;
  const isThere = async () => (await postgres.query(streaming)).length > 0;
  await until('the standby does not follow', isThere, { withinMs: WITHIN_MS, everyMs: 50 });
}
