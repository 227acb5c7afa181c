/** How many bytes may wait for all listeners together. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The bytes that wait for listeners. Bytes that several of them share count once. */
export class Backlog {
  /** How many listeners wait for each. */
  readonly #waiting = new Map<Uint8Array, number>();
  #bytes = 0;

  get isTooLarge(): boolean {
    return this.#bytes > MAX_BYTES;
  }

  add(bytes: Uint8Array): void {
    const listeners = this.#waiting.get(bytes) ?? 0;
    if (listeners === 0) this.#bytes += bytes.length;
    this.#waiting.set(bytes, listeners + 1);
  }

  remove(bytes: Uint8Array): void {
    const listeners = this.#waiting.get(bytes) ?? 0;
    if (listeners > 1) {
      this.#waiting.set(bytes, listeners - 1);
    } else if (this.#waiting.delete(bytes)) {
      this.#bytes -= bytes.length;
    }
  }
}
