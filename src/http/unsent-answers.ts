/** How many bytes may be on their way to clients. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The part of Node's response that is used here. */
interface Sent {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

type Body = Pick<ArrayBuffer, 'byteLength'>;

/**
 * The bodies that clients have yet to take. A cached body counts once for all who get it. If they are too much, the
 * oldest answer is cut off: a client that takes nothing would hold it for ever.
 */
export class UnsentAnswers {
  /** The oldest first. */
  readonly #bodies = new Map<Sent, Body>();
  readonly #takers = new Map<Body, number>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(response: Sent, body: Body): void {
    const takers = this.#takers.get(body) ?? 0;
    if (takers === 0) this.#bytes += body.byteLength;
    this.#takers.set(body, takers + 1);
    this.#bodies.set(response, body);
    response.once('close', () => this.#remove(response));
    for (const oldest of this.#bodies.keys()) {
      if (this.#bytes <= MAX_BYTES || oldest === response) return;
      this.#remove(oldest);
      oldest.destroy();
    }
  }

  #remove(response: Sent): void {
    const body = this.#bodies.get(response);
    if (body === undefined) return;
    this.#bodies.delete(response);
    const takers = this.#takers.get(body) ?? 0;
    if (takers > 1) {
      this.#takers.set(body, takers - 1);
    } else if (this.#takers.delete(body)) {
      this.#bytes -= body.byteLength;
    }
  }
}
