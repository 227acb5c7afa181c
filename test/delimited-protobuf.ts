import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** A metric of a family, as the clients encode it. */
interface Metric {
  readonly labels?: Readonly<Record<string, string>>;
  /** Absent for a metric without a gauge. */
  readonly gauge?: number;
  readonly timestampMs?: number;
}

/** A body of delimited protobuf, in the form of Go, Java and Rust clients. */
export function delimited(families: readonly (readonly [name: string, ...metrics: Metric[]])[]): Buffer {
  const body = new BinaryWriter();
  for (const [name, ...metrics] of families) {
    const family = new BinaryWriter();
    family.uint32(tag(1)).string(name);
    family.uint32(tag(2)).string('What it is about.');
    // The type: a gauge.
    family.uint32(8 * 3).int32(1);
    for (const metric of metrics) family.uint32(tag(4)).bytes(encoded(metric));
    body.bytes(family.finish());
  }
  return Buffer.from(body.finish());
}

function encoded({ labels = {}, gauge, timestampMs }: Metric): Uint8Array {
  const metric = new BinaryWriter();
  for (const [name, value] of Object.entries(labels)) {
    const label = new BinaryWriter().uint32(tag(1)).string(name).uint32(tag(2)).string(value);
    metric.uint32(tag(1)).bytes(label.finish());
  }
  if (gauge !== undefined) {
    const value = new BinaryWriter().uint32(8 * 1 + 1).double(gauge);
    metric.uint32(tag(2)).bytes(value.finish());
  }
  if (timestampMs !== undefined) metric.uint32(8 * 6).int64(timestampMs);
  return metric.finish();
}

/** The type of a field with a length: a text or a message. */
function tag(field: number): number {
  return 8 * field + 2;
}

export const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
