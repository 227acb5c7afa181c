/** A stream, and its next item. */
interface Head<T> {
  readonly stream: Iterator<T>;
  readonly next: T;
  readonly at: number;
}

/** Merges streams that are each in order of time. A step costs the logarithm of their number. */
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

/** Replaces the first head, and moves the new one down to its place. */
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
