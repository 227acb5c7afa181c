import { type Lease, type LeaseName, type Leases, type LeaseUse, type Term, TermOver } from '../leases.ts';
import { giveLease, type OfTerm, renewLease, requireTerm, TERM_MS, takeLease } from './lease-row.ts';
import type { Writer } from './writer.ts';

const RENEW_MS = 5000;
/** How often a process without the lease checks whether it is free. */
const LOOK_MS = 1000;

/** Leases as rows, by the clock of the database: connections may change, and a lease that was lost is known by its fence. */
export class PostgresLeases implements Leases {
  readonly #writer: Writer;
  readonly #wanted: WantedLease[] = [];

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  get wanted(): readonly Lease[] {
    return this.#wanted;
  }

  want(name: LeaseName, use: LeaseUse = {}): Lease {
    const lease = new WantedLease(name, { writer: this.#writer, ...use });
    this.#wanted.push(lease);
    return lease;
  }

  /** The fence of the present term; undefined if this process has none. */
  fenceOf(name: LeaseName): number | undefined {
    return this.#wanted.find((lease) => lease.name === name)?.term?.fence;
  }

  close(): void {
    for (const lease of this.#wanted) lease.close();
  }
}

interface Deps extends LeaseUse {
  readonly writer: Writer;
}

class WantedLease implements Lease {
  readonly name: LeaseName;
  readonly #deps: Deps;
  readonly #timer: NodeJS.Timeout;
  #term: OwnTerm | undefined;
  #heard: string | undefined;
  #looking: Promise<void> | undefined;

  constructor(name: LeaseName, deps: Deps) {
    this.name = name;
    this.#deps = deps;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#look();
  }

  get term(): Term | undefined {
    return this.#term?.mayLast === true ? this.#term : undefined;
  }

  get heard(): string | undefined {
    return this.term === undefined ? this.#heard : undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#term?.end();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    const { name } = this;
    const term = this.#term;
    this.close();
    if (term === undefined) return;
    const { fence } = term;
    // A failure is safe: the term then ends by itself, only later.
    await this.#deps.writer
      .transaction((session) => giveLease(session, { name, fence }))
      .catch(() => undefined);
  }

  #look(): void {
    if (this.#looking !== undefined || this.#term?.isFresh === true) return;
    // What failed is tried again soon; meanwhile the term ends by itself.
    this.#looking = (this.term === undefined ? this.#take() : this.#renew())
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #take(): Promise<void> {
    const { name } = this;
    const { writer, onTerm } = this.#deps;
    const askedAt = performance.now();
    const { fence, heard } = await writer.transaction((session) => takeLease(session, { name }));
    this.#heard = heard;
    if (fence === undefined) return;
    this.#term?.end();
    this.#term = new OwnTerm({ name, fence, writer });
    this.#term.renewed(askedAt);
    onTerm?.(this.#term);
  }

  async #renew(): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    const { name } = this;
    const { fence } = term;
    const askedAt = performance.now();
    const said = this.#deps.say?.();
    const isRenewed = await this.#deps.writer.transaction((session) =>
      renewLease(session, { name, fence, said }),
    );
    if (!isRenewed) term.end();
    else term.renewed(askedAt);
  }
}

class OwnTerm implements Term {
  readonly fence: number;
  readonly #deps: OfTerm & Pick<Deps, 'writer'>;
  readonly #over = new AbortController();
  #renewedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: OfTerm & Pick<Deps, 'writer'>) {
    this.#deps = deps;
    this.fence = deps.fence;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** A timer alone is not enough: if this process was frozen, other code may run before the timer does. */
  get mayLast(): boolean {
    return !this.signal.aborted && performance.now() < this.#renewedAt + TERM_MS;
  }

  /** Whether it need not be renewed yet. */
  get isFresh(): boolean {
    return !this.signal.aborted && performance.now() < this.#renewedAt + RENEW_MS;
  }

  /** `askedAt`: the database has counted from a later moment on. */
  renewed(askedAt: number): void {
    this.#renewedAt = askedAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), askedAt + TERM_MS - performance.now()).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#over.abort(new TermOver());
  }

  async confirm(): Promise<void> {
    const { writer, name, fence } = this.#deps;
    try {
      await writer.transaction((session) => requireTerm(session, { name, fence }));
      if (!this.mayLast) throw new TermOver();
    } catch (error) {
      if (error instanceof TermOver) this.end();
      throw error;
    }
  }
}
