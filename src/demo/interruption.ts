/** What a shell says of a program that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first signal that asks the program to end, noted so that it can end in order. */
export class Interruption {
  readonly #ending = new AbortController();
  #exitCode: number | undefined;
  readonly #note = (signal: NodeJS.Signals) => {
    this.#exitCode ??= signal === 'SIGINT' ? EXIT_CODES.SIGINT : EXIT_CODES.SIGTERM;
    this.#ending.abort();
  };

  constructor() {
    process.on('SIGINT', this.#note).on('SIGTERM', this.#note);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** What to end with; undefined where nobody has asked for it. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From here on signals are for others to handle. */
  stopListening(): void {
    process.off('SIGINT', this.#note).off('SIGTERM', this.#note);
  }
}
