/** The exit code that a shell shows for a program that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first signal that asks the program to end, stored so that it can end in order. */
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

  /** The exit code to end with; undefined if nobody has asked for an end. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From here on other code handles signals. */
  stopListening(): void {
    process.off('SIGINT', this.#note).off('SIGTERM', this.#note);
  }
}
