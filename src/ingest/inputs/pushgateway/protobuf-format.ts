import { type Fields, ProtobufBytes } from './protobuf-fields.ts';
import { MAX_LABELS, type Sample, unreadable } from './sample.ts';

// The numbers of the fields: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
const FAMILY = { name: 1, metric: 4 };
const METRIC = { label: 1, gauge: 2, counter: 3, untyped: 5, timestamp: 6 };
const LABEL = { name: 1, value: 2 };
const NUMBER = { value: 1 };

/** A metric of another type than these has no single number. */
const WITH_A_NUMBER: readonly number[] = [METRIC.gauge, METRIC.counter, METRIC.untyped];

const FORMAT = 'delimited protobuf of io.prometheus.client.MetricFamily';

/**
 * The samples of a body in the delimited protobuf format, one after the other. A metric that is not `wanted` is not
 * read further: it has no labels and no value. Throws `malformed` if the bytes are something else.
 */
export function* protobufSamplesOf(
  bytes: Buffer,
  wanted: (name: string) => boolean,
): Generator<Sample, void> {
  const body = new ProtobufBytes(bytes);
  let number = 1;
  try {
    for (let next = body.delimited(0); next !== undefined; next = body.delimited(next.end)) {
      const { message: family } = next;
      const name = nameOf(family);
      const isWanted = wanted(name);
      for (const fields = family.again(); fields.next(); ) {
        const metric = fields.number === FAMILY.metric ? fields.message() : undefined;
        if (metric === undefined) continue;
        yield isWanted ? toSample(metric, name, number) : unread(name, number);
        number++;
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable({ unit: 'Metric', number }, `is not readable as ${FORMAT}: ${reason}`);
  }
}

/** Its metrics, which may come first, are not stored meanwhile: a family may be as large as the body. */
function nameOf(family: Fields): string {
  while (family.next()) {
    const name = family.number === FAMILY.name ? family.text() : undefined;
    if (name !== undefined && name !== '') return name;
  }
  throw new Error('it has no name');
}

function unread(name: string, number: number): Sample {
  return { name, labels: {}, value: Number.NaN, hasTimestamp: false, place: { unit: 'Metric', number } };
}

function toSample(metric: Fields, name: string, number: number): Sample {
  const labels = new Map<string, string>();
  let value = Number.NaN;
  let hasTimestamp = false;
  while (metric.next()) {
    if (metric.number === METRIC.timestamp) hasTimestamp = true;
    const part = metric.message();
    if (part === undefined) continue;
    if (WITH_A_NUMBER.includes(metric.number)) value = numberOf(part);
    if (metric.number === METRIC.label) addLabel(labels, part);
  }
  return {
    name,
    labels: Object.fromEntries(labels),
    value,
    hasTimestamp,
    place: { unit: 'Metric', number },
  };
}

function addLabel(labels: Map<string, string>, label: Fields): void {
  let name = '';
  let value = '';
  while (label.next()) {
    if (label.number === LABEL.name) name = label.text() ?? name;
    if (label.number === LABEL.value) value = label.text() ?? value;
  }
  if (name === '') throw new Error('a label has no name');
  if (labels.has(name)) throw new Error(`the label "${name.slice(0, 100)}" is there twice`);
  if (labels.size === MAX_LABELS) throw new Error(`it has more than ${MAX_LABELS} labels`);
  labels.set(name, value);
}

/** 0 if it is left out, as in any reader of this format. */
function numberOf(message: Fields): number {
  let value = 0;
  while (message.next()) {
    if (message.number === NUMBER.value) value = message.double ?? value;
  }
  return value;
}
