import { isUtf8 } from 'node:buffer';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Bytes of protobuf. Every function throws if they are something else. */
export class ProtobufBytes {
  readonly bytes: Buffer;
  readonly reader: BinaryReader;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.reader = new BinaryReader(bytes);
  }

  /** The message at a place, which begins with its length, and its end; undefined after the last one. */
  delimited(start: number): { readonly message: Fields; readonly end: number } | undefined {
    if (start >= this.bytes.length) return undefined;
    this.reader.pos = start;
    const length = this.reader.uint32();
    const begin = this.reader.pos;
    const end = begin + length;
    if (end > this.bytes.length) throw new Error('it ends too soon');
    return { message: new Fields(this, begin, end), end };
  }
}

/**
 * The fields of a message, one after the other. All messages of a body share one reader without an object for each
 * field: a body may have a million fields.
 */
export class Fields {
  readonly #of: ProtobufBytes;
  readonly #start: number;
  readonly #end: number;
  #next: number;
  /** The place of a text or a message; its start is -1 for a number. */
  #contentStart = -1;
  #contentEnd = -1;
  number = 0;
  /** Undefined for other types. */
  double: number | undefined;

  constructor(of: ProtobufBytes, start: number, end: number) {
    this.#of = of;
    this.#start = start;
    this.#end = end;
    this.#next = start;
  }

  /** Goes to the next field; false if there are no more. */
  next(): boolean {
    if (this.#next >= this.#end) return false;
    const { reader } = this.#of;
    reader.pos = this.#next;
    const [number, type] = reader.tag();
    this.number = number;
    this.double = type === WireType.Bit64 ? reader.double() : undefined;
    this.#contentStart = -1;
    if (type === WireType.LengthDelimited) this.#takeContent(reader);
    // The format has no groups. To skip them would need recursion.
    else if (type === WireType.StartGroup || type === WireType.EndGroup) throw new Error('it has a group');
    else if (type !== WireType.Bit64) reader.skip(type, number);
    this.#next = reader.pos;
    if (this.#next > this.#end) throw new Error('it ends too soon');
    return true;
  }

  #takeContent(reader: BinaryReader): void {
    const length = reader.uint32();
    this.#contentStart = reader.pos;
    this.#contentEnd = reader.pos + length;
    reader.pos = this.#contentEnd;
  }

  /** The fields of the same message, from its beginning. */
  again(): Fields {
    return new Fields(this.#of, this.#start, this.#end);
  }

  /** The message in this field; undefined if it cannot be one. */
  message(): Fields | undefined {
    return this.#contentStart < 0 ? undefined : new Fields(this.#of, this.#contentStart, this.#contentEnd);
  }

  /** The text in this field; undefined if it cannot be one. */
  text(): string | undefined {
    if (this.#contentStart < 0) return undefined;
    const bytes = this.#of.bytes.subarray(this.#contentStart, this.#contentEnd);
    if (!isUtf8(bytes)) throw new Error('a text is not UTF-8');
    const text = bytes.toString();
    if (text.includes('\0')) throw new Error('a text has U+0000');
    return text;
  }
}
