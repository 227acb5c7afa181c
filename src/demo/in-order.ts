/** A stream, and what it gives next. */
interface Head<T> {
  readonly stream: Iterator<T>;
  readonly next: T;
  readonly at: number;
}

/** Streams that are each in order of time, as one that is. A step costs the logarithm of how many there are. */
export function* inOrder<T>(
  streams: readonly Iterator<T>[],
  timeOf: (item: T) => number,
): Generator<T, void> {
  const heap: Head<T>[] = streams
    .flatMap((stream) => headOf(stream, timeOf) ?? [])
    .sort((a, b) => a.at - b.at);
  for (let first = heap[0]; first !== undefined; first = heap[0]) {
    yield first.next;
    const head = headOf(first.stream, timeOf) ?? heap.pop();
    if (head !== undefined && heap.length > 0) sink(heap, head);
  }
}

function headOf<T>(stream: Iterator<T>, timeOf: (item: T) => number): Head<T> | undefined {
  const { done, value } = stream.next();
  return done ? undefined : { stream, next: value, at: timeOf(value) };
}

/** Puts a head in the place of the first one, and moves it down to where it belongs. */
function sink<T>(heap: Head<T>[], head: Head<T>): void {
  let i = 0;
  for (;;) {
    const [left, right] = [heap[2 * i + 1], heap[2 * i + 2]];
    const [child, place] = isBefore(right, left) ? [right, 2 * i + 2] : [left, 2 * i + 1];
    if (child === undefined || child.at >= head.at) break;
    heap[i] = child;
    i = place;
  }
  heap[i] = head;
}

function isBefore<T>(a: Head<T> | undefined, b: Head<T> | undefined): a is Head<T> {
  return a !== undefined && b !== undefined && a.at < b.at;
}
