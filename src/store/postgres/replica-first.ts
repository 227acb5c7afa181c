import { setTimeout } from 'node:timers/promises';
import { hasCommits } from './node-row.ts';
import type { LongSnapshot, Reading } from './reading.ts';
import type { Session } from './session.ts';

/** How long a question waits until the replica has all earlier commits. */
const WAIT_MS = 1000;
const PAUSE_MS = 20;
/** How long a failed replica is not tried again, because each try may take seconds. */
const AWAY_MS = 5000;

interface Options {
  readonly primary: Reading;
  readonly replica: Reading;
  /** The replica failed, and the primary answers for a while. */
  readonly onAway: (error: unknown) => void;
}

/**
 * Reads from a replica once that has everything that was committed before the question, otherwise from the primary. The
 * replica is looked at in the very snapshot that answers. What fails after that is not asked again: part of it may have
 * been told already.
 */
export class ReplicaFirst implements Reading {
  readonly #options: Options;
  /** The version that the question must see; undefined if the primary answers it. */
  #version: string | undefined;
  #waitUntil = 0;
  #wasBehind = false;
  #awayUntil = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins a question, which must see everything that was committed at this version. There is one at a time. */
  begin(version: string | undefined): void {
    const now = performance.now();
    this.#version = now < this.#awayUntil ? undefined : version;
    // While the replica is far behind, questions do not wait for it.
    this.#waitUntil = this.#wasBehind ? now : now + WAIT_MS;
  }

  readonly session: Session = {
    all: (statement, params) => this.snapshot((session) => session.all(statement, params)),
  };

  async snapshot<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { primary, replica } = this.#options;
    const found = await this.#onReplica((version, begin) =>
      replica.snapshot(async (session) => {
        if (!(await hasCommits(session, version))) return undefined;
        begin();
        return { answer: await work(session) };
      }),
    );
    return found === undefined ? primary.snapshot(work) : found.answer;
  }

  async longSnapshot(): Promise<LongSnapshot> {
    const { primary, replica } = this.#options;
    const found = await this.#onReplica(async (version) => {
      const long = await replica.longSnapshot();
      const isThere = await hasCommits(long.session, version).catch(async (error: unknown) => {
        await long.end();
        throw error;
      });
      if (isThere) return long;
      await long.end();
      return undefined;
    });
    return found ?? primary.longSnapshot();
  }

  giveUp(): void {
    this.#version = undefined;
    this.#options.replica.giveUp();
    this.#options.primary.giveUp();
  }

  async close(): Promise<void> {
    await this.#options.replica.close();
    await this.#options.primary.close();
  }

  /** Undefined if the primary must answer. `begin` is called once the answer has begun. */
  async #onReplica<T>(
    look: (version: string, begin: () => void) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
    };
    while (this.#version !== undefined) {
      try {
        const found = await look(this.#version, begin);
        this.#wasBehind = found === undefined && performance.now() >= this.#waitUntil;
        if (found !== undefined) return found;
      } catch (error) {
        if (hasBegun || this.#version === undefined) throw error;
        this.#awayUntil = performance.now() + AWAY_MS;
        this.#options.onAway(error);
      }
      // If the primary has begun an answer it also ends it: the replica may be behind.
      if (this.#wasBehind || performance.now() < this.#awayUntil) this.#version = undefined;
      else await setTimeout(PAUSE_MS);
    }
    return undefined;
  }
}
