import type { TimeRange } from './infinity/macros.ts';
import { type PluginAnswer, runBackend } from './infinity/plugin.ts';
import type { InfinityModel } from './infinity-model.ts';

export interface Asked {
  readonly range: TimeRange;
  /** Of the datasource. */
  readonly baseUrl: string;
  /** What the browser did to the texts of the query; an alert or a shared dashboard has no browser. */
  readonly interpolate?: (text: string) => string;
}

/** A query of a panel, a rule or an annotation, through the browser and the plugin. Throws with what would be shown. */
export function runQuery(
  query: InfinityModel,
  { interpolate = same, ...asked }: Asked,
): Promise<PluginAnswer> {
  return runBackend(filledIn(query, interpolate), asked);
}

/** The rows that the browser's parser (`simple`) gives to a variable. */
export async function variableRows(query: InfinityModel, asked: Asked): Promise<Record<string, string>[]> {
  const { body } = await runQuery(query, asked);
  if (!Array.isArray(body)) throw new Error('A variable wants a list.');
  return body.map((row) =>
    Object.fromEntries(query.columns.map(({ selector, text }) => [text, String(row[selector] ?? '')])),
  );
}

/** The browser fills variables into the URL and into the values of parameters. */
function filledIn(query: InfinityModel, fill: (text: string) => string): InfinityModel {
  const params = query.url_options.params.map(({ key, value }) => ({ key, value: fill(value) }));
  return { ...query, url: fill(query.url), url_options: { ...query.url_options, params } };
}

function same(text: string): string {
  return text;
}
