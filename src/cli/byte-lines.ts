const NEWLINE = 0x0a;

/** The lines of a file as bytes. The reader of a line decides whether it is text. */
export async function* byteLines(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let line: Buffer[] = [];
  for await (const chunk of file) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...line, chunk.subarray(start, end)]);
      line = [];
      start = end + 1;
    }
    line.push(chunk.subarray(start));
  }
  yield Buffer.concat(line);
}
