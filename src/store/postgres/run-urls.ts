/**
 * The run URLs of a pack, in its order. Those of one pipeline differ in a few bytes, so each is stored as what it has in
 * common with the one before, and the rest: the length of the rest plus one, the length of what they share, the rest. A
 * report without a URL is a zero, and the next one is compared with nothing.
 */

/** Appends to the URLs of which `last` is the last one. Decoding starts at the first that was ever encoded. */
export function encodeRunUrls(urls: readonly (string | undefined)[], last?: string): Buffer {
  let previous = bytesOf(last);
  const parts = urls.flatMap((url) => {
    const own = bytesOf(url);
    const shared = sharedLength(previous, own);
    previous = own;
    if (url === undefined) return [varint(0)];
    return [varint(own.length - shared + 1), varint(shared), own.subarray(shared)];
  });
  return Buffer.concat(parts);
}

/** The URL at a place, counted from zero; undefined if the report has none. */
export function runUrlAt(encoded: Buffer, place: number): string | undefined {
  let position = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = encoded.readUInt8(position++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  let url: Buffer | undefined;
  for (let at = 0; at <= place; at++) {
    const length = next();
    if (length === 0) {
      url = undefined;
      continue;
    }
    const shared = next();
    const own = encoded.subarray(position, position + length - 1);
    position += own.length;
    url = Buffer.concat([bytesOf(url).subarray(0, shared), own]);
  }
  return url?.toString();
}

const NOTHING = Buffer.alloc(0);

function bytesOf(url: string | Buffer | undefined): Buffer {
  if (url === undefined) return NOTHING;
  return typeof url === 'string' ? Buffer.from(url) : url;
}

function sharedLength(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
