/**
 * Reads the body of an answer as one ArrayBuffer. A body of one chunk is returned without a copy; `arrayBuffer` would
 * copy it twice, and it may have megabytes.
 */
export async function bytesOf({ body }: Response): Promise<ArrayBuffer> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  const [only, ...others] = pieces;
  const isWhole = only !== undefined && others.length === 0 && only.byteLength === only.buffer.byteLength;
  return isWhole ? only.buffer : joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.byteLength;
  }
  return bytes.buffer;
}
