export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the plugin's backend replaces, with or without a browser before it. Throws for a macro with too few arguments. */
export function applyMacros(text: string, range: TimeRange): string {
  return text
    .replace(/\$__customInterval\(([^)]*)\)/g, (_, args: string) => customInterval(listOf(args), range))
    .replace(/\$__combineValues\(([^)]*)\)/g, (_, args: string) => combineValues(listOf(args)))
    .replace(
      /\$\{__(?:time)?(from|to)(?::date(?::([^}]+))?)?\}/gi,
      (whole, which: string, format: string | undefined) => {
        if (!/^\$\{__(?:timeFrom|timeTo|from|to)[:}]/.test(whole)) return whole;
        const at = which.toLowerCase() === 'from' ? range.from : range.to;
        return whole.includes(':date') ? formatted(at, format ?? 'iso') : String(at);
      },
    );
}

function listOf(args: string): string[] {
  return args.split(',').map((arg) => arg.trim());
}

/** The value of the first span that the range fits into, or else the last. */
function customInterval(args: readonly string[], { from, to }: TimeRange): string {
  for (let i = 0; i + 1 < args.length; i += 2) {
    const [, amount, unit = ''] = /^(\d+)([mhd])$/.exec(args[i] ?? '') ?? [];
    if (to - from <= Number(amount) * (UNITS_MS[unit] ?? 0)) return args[i + 1] ?? '';
  }
  return args.at(-1) ?? '';
}

function combineValues([prefix, suffix, separator, ...values]: readonly string[]): string {
  if (prefix === undefined || suffix === undefined || separator === undefined || values.length === 0) {
    throw new Error('insufficient arguments to combineValues macro');
  }
  if (values.length === 1 && values[0] === '*') return '';
  return values.map((value) => `${prefix}${value}${suffix}`).join(separator === '__comma' ? ',' : separator);
}

function formatted(at: number, format: string): string {
  const iso = new Date(at).toISOString();
  if (format === 'seconds') return String(Math.floor(at / 1000));
  // Go's layout `.999Z` leaves out the zeros at the end of the fraction.
  if (format === 'iso') return iso.replace(/\.?0*Z$/, 'Z');
  const [year = '', month = '', day = '', hour = '', minute = '', second = ''] = iso.split(/[-T:.]/);
  const parts: Readonly<Record<string, string>> = {
    YYYY: year,
    MM: month,
    DD: day,
    HH: hour,
    mm: minute,
    ss: second,
  };
  return format.replace(/YYYY|MM|DD|HH|mm|ss/g, (part) => parts[part] ?? part);
}
