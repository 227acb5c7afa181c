/** One server-sent event, or a comment. */
export interface SeenEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads server-sent events as `EventSource` does, one after the other. */
export class EventStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor({ body }: Response) {
    if (body === null) throw new Error('There is no body.');
    this.#reader = body.getReader();
  }

  /** The next one that has data; undefined if the stream has ended. */
  async next(): Promise<SeenEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const fields = fieldsOf(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        const data = fields.get('data');
        if (data === undefined) continue;
        return { event: fields.get('event'), id: fields.get('id'), data: JSON.parse(data) };
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

function fieldsOf(block: string): Map<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
    }),
  );
}
