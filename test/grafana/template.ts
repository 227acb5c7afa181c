/** What Grafana does to a query in the browser: template variables, each in its format. */

/** A variable as its picker stands. `multi` variables hold a list even when one value is picked. */
export interface Picked {
  readonly values: readonly string[];
  readonly multi: boolean;
  /** Set where "All" is picked and the variable says what that is. */
  readonly allValue?: string | undefined;
}

export type Picks = Readonly<Record<string, Picked>>;

type Format = (picked: Picked, name: string) => string;

const list =
  (join: (values: readonly string[]) => string): Format =>
  ({ values, multi }) =>
    multi ? join(values) : (values[0] ?? '');

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const braced = (values: readonly string[]) => `{${values.join(',')}}`;
const asQuery = (key: string, values: readonly string[]) =>
  values.map((value) => `${key}=${encoded(value)}`).join('&');

/** As @grafana/scenes has them: what one, several or no values become. */
const FORMATS: Readonly<Record<string, Format>> = {
  glob: list((values) => (values.length > 1 ? braced(values) : (values[0] ?? ''))),
  csv: list((values) => values.join(',')),
  raw: list((values) => values.join(',')),
  join: list((values) => values.join(',')),
  pipe: list((values) => values.join('|')),
  regex: ({ values, multi }) => {
    if (!multi || values.length === 1) return escaped(values[0] ?? '');
    return `(${values.map(escaped).join('|')})`;
  },
  json: ({ values, multi }) => (multi ? JSON.stringify(values) : (values[0] ?? '')),
  singlequote: list((values) => values.map((value) => `'${value}'`).join(',')),
  doublequote: list((values) => values.map((value) => `"${value}"`).join(',')),
  sqlstring: list((values) => values.map((value) => `'${value}'`).join(',')),
  percentencode: ({ values, multi }) => encoded(multi ? braced(values) : (values[0] ?? '')),
  queryparam: ({ values }, name) => asQuery(`var-${name}`, values.length === 0 ? [''] : values),
  customqueryparam: ({ values }, name) => asQuery(name, values),
};

export const FORMAT_NAMES = Object.keys(FORMATS);

/** Formats whose outcome is a piece of a query string, so that they belong into the URL. */
export const URL_FORMATS = ['queryparam', 'customqueryparam'];

/** A variable in a format; the plugin's default is `glob`. */
export function formatVariable(name: string, picked: Picked, format = 'glob'): string {
  const render = FORMATS[format];
  if (render === undefined) throw new Error(`Grafana has no format ${format}.`);
  if (picked.allValue === undefined) return render(picked, name);
  if (format === 'queryparam') return `var-${name}=$__all`;
  // An "all" value of one's own is inserted as it is, whatever the format.
  return picked.allValue;
}

/** Replaces what the browser knows; anything else goes on to the plugin as it is. */
export function interpolate(
  text: string,
  { picks, scoped }: { picks: Picks; scoped: Readonly<Record<string, string>> },
): string {
  return text.replace(/\$\{(\w+)(?::([^}]+))?\}/g, (whole, name: string, format?: string) => {
    const picked = picks[name];
    const [kind, key = name] = format?.split(':') ?? [];
    if (picked !== undefined) return formatVariable(kind === 'customqueryparam' ? key : name, picked, kind);
    return scoped[name] ?? whole;
  });
}

/** What the plugin's backend replaces afterwards, with or without a browser before it. */
export function applyMacros(text: string, { from, to }: { from: number; to: number }): string {
  const instants: Readonly<Record<string, number>> = {
    __timeFrom: from,
    __timeTo: to,
    __from: from,
    __to: to,
  };
  return text.replace(
    /\$\{(__timeFrom|__timeTo|__from|__to)(:date(?::iso|:seconds)?)?\}/g,
    (_, name, format) => {
      const at = instants[name] ?? 0;
      if (format === ':date:seconds') return String(Math.floor(at / 1000));
      if (format === undefined) return String(at);
      // Go's layout `.999Z` leaves out the zeros at the end of the fraction.
      return new Date(at).toISOString().replace(/\.?0*Z$/, 'Z');
    },
  );
}
