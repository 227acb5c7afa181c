import type { Omitted } from './older-line.ts';

/** How many lines are listed; the rest is only counted. */
const NAMED = 20;

interface Lines {
  readonly numbers: number[];
  count: number;
}

/** What an import left out or changed, by line. It uses little memory, even for many lines. */
export class ImportLog {
  readonly #leftOut: { readonly lineNumber: number; readonly reason: string }[] = [];
  #leftOutCount = 0;
  readonly #omitted = new Map<string, Lines>();

  /** A report that was refused. */
  leaveOut(lineNumber: number, reason: string): void {
    this.#leftOutCount++;
    if (this.#leftOut.length < NAMED) this.#leftOut.push({ lineNumber, reason });
  }

  /** What was left out of an imported report, or kept although it is refused today. */
  omit(lineNumber: number, { key, reason, isKept }: Omitted): void {
    const what = `${isKept ? 'with' : 'without'} ${key}, ${reason}`;
    const lines = this.#omitted.get(what) ?? { numbers: [], count: 0 };
    this.#omitted.set(what, lines);
    lines.count++;
    if (lines.numbers.length < NAMED) lines.numbers.push(lineNumber);
  }

  /** One message per line, for people; empty if every line was imported unchanged. */
  lines(): string[] {
    return [...this.#omittedLines(), ...this.#leftOutLines()];
  }

  #omittedLines(): string[] {
    return [...this.#omitted].map(([what, { numbers, count }]) => {
      const more = count > numbers.length ? ` and ${count - numbers.length} more` : '';
      const which = `${count === 1 ? 'line' : 'lines'} ${numbers.join(', ')}${more}`;
      return `${reports(count)} imported ${what}: ${which}`;
    });
  }

  #leftOutLines(): string[] {
    if (this.#leftOutCount === 0) return [];
    const more = this.#leftOutCount - this.#leftOut.length;
    return [
      `${reports(this.#leftOutCount)} left out:`,
      ...this.#leftOut.map(({ lineNumber, reason }) => `line ${lineNumber}: ${reason}`),
      ...(more > 0 ? [`and ${more} more`] : []),
    ];
  }
}

function reports(count: number): string {
  return `${count} ${count === 1 ? 'report' : 'reports'}`;
}
