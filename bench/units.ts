export function toMs(ms: number, digits = 1): string {
  return `${ms.toFixed(digits)} ms`;
}

export function toMicros(ms: number): string {
  return `${Math.round(ms * 1000)} µs`;
}

export function toRate(count: number, ms: number): string {
  return `${Math.round(count / (ms / 1000))}/s`;
}

export function toMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
