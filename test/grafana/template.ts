/** What Grafana does to a query in the browser: template variables, each in its format. */

/** A variable with the choice of its picker. `multi` variables hold a list even if one value is picked. */
export interface Picked {
  readonly values: readonly string[];
  readonly multi: boolean;
  /** Set if "All" is picked and the variable has a value for it. */
  readonly allValue?: string | undefined;
}

export type Picks = Readonly<Record<string, Picked>>;

type Format = (picked: Picked, name: string) => string;

const list =
  (join: (values: readonly string[]) => string): Format =>
  ({ values, multi }) =>
    multi ? join(values) : (values[0] ?? '');

const each =
  (quote: (value: string) => string): Format =>
  ({ values, multi }) =>
    (multi ? values : [values[0] ?? '']).map(quote).join(',');

const forRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const forLucene = (text: string) => text.replace(/([!*+\-=<>\s&|()[\]{}^~?:\\/"])/g, '\\$1');
const strict = (text: string) =>
  text.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const encoded = (text: string) => strict(encodeURIComponent(text));
const braced = (values: readonly string[]) => `{${values.join(',')}}`;
const asQuery = (key: string, values: readonly string[]) =>
  values.map((value) => `${key}=${encoded(value)}`).join('&');

/** The format of the address bar leaves some characters unchanged. */
const inUrl = (query: string) => query.replace(/%(?:40|3A|24|2C|3B)/g, decodeURIComponent);

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const forHtml = (text: string) => text.replace(/[&<>"']/g, (c) => HTML[c] ?? c);

/** As in @grafana/scenes (`infinity/formats.golden.json`): the results for one, several or no values. */
const FORMATS: Readonly<Record<string, Format>> = {
  lucene: ({ values, multi }) => {
    if (!multi) return forLucene(values[0] ?? '');
    return values.length === 0
      ? '__empty__'
      : `(${values.map((value) => `"${forLucene(value)}"`).join(' OR ')})`;
  },
  raw: list((values) => values.join(',')),
  regex: ({ values, multi }) => {
    if (!multi || values.length === 1) return forRegex(values[0] ?? '');
    return `(${values.map(forRegex).join('|')})`;
  },
  pipe: list((values) => values.join('|')),
  distributed: (picked, name) => list((values) => values.join(`,${name}=`))(picked, name),
  csv: list((values) => values.join(',')),
  html: (picked, name) => forHtml(list((values) => values.join(', '))(picked, name)),
  json: ({ values, multi }) => (multi ? JSON.stringify(values) : (values[0] ?? '')),
  percentencode: ({ values, multi }) => encoded(multi ? braced(values) : (values[0] ?? '')),
  singlequote: each((value) => `'${value.replaceAll("'", "\\'")}'`),
  doublequote: each((value) => `"${value.replaceAll('"', '\\"')}"`),
  sqlstring: each((value) => `'${value.replaceAll("'", "''").replaceAll('"', '\\"')}'`),
  join: list((values) => values.join(',')),
  glob: list((values) => (values.length > 1 ? braced(values) : (values[0] ?? ''))),
  text: list((values) => values.join(' + ')),
  queryparam: ({ values }, name) => inUrl(asQuery(`var-${name}`, values.length === 0 ? [''] : values)),
  customqueryparam: ({ values }, name) => asQuery(name, values),
  uriencode: ({ values, multi }) => strict(encodeURI(multi ? braced(values) : (values[0] ?? ''))),
};

export const FORMAT_NAMES = Object.keys(FORMATS);

/** The formats for queries. `text` is for people: All, and names that may look like a list of names. */
export const QUERY_FORMATS = FORMAT_NAMES.filter((format) => format !== 'text');

/** Formats that make a piece of a query string, so they belong into the URL. */
export const URL_FORMATS = ['queryparam', 'customqueryparam'];

/** A variable in a format; the plugin's default is `glob`. */
export function formatVariable(name: string, picked: Picked, format = 'glob'): string {
  const render = FORMATS[format];
  if (render === undefined) throw new Error(`Grafana has no format ${format}.`);
  if (picked.allValue === undefined) return render(picked, name);
  if (format === 'text') return 'All';
  if (format === 'percentencode') return encoded(picked.allValue);
  if (format === 'queryparam') return `var-${name}=$__all`;
  // A variable's own "all" value is inserted unchanged, in any format.
  return picked.allValue;
}

/** Replaces what the browser knows; everything else reaches the plugin unchanged. */
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
