import { NOON } from '../fixtures.ts';
import type { TimeRange } from './infinity/macros.ts';
import type { PluginAnswer } from './infinity/plugin.ts';
import type { Dashboard, InfinityModel, Panel } from './infinity-model.ts';
import { runQuery, variableRows } from './plugin.ts';
import { queryVariables } from './shipped.ts';
import { interpolate, type Picked, type Picks } from './template.ts';

const DAY_MS = 24 * 3_600_000;

/** All of them: the first choice in the pickers of the fleet dashboard. */
export const ALL: Picked = { values: [], multi: true, allValue: '*' };

export function picked(...values: string[]): Picked {
  return { values, multi: true };
}

/** Like a picker that takes only one name. */
export function single(value: string): Picked {
  return { values: [value], multi: false };
}

/** A viewer of a dashboard at noon: the browser, and behind it the plugin. */
export class Viewer {
  readonly range: TimeRange;
  readonly #baseUrl: string;
  readonly #picks: Picks;

  constructor(baseUrl: string, picks: Picks, spanMs = DAY_MS) {
    this.#baseUrl = baseUrl;
    this.#picks = { label: ALL, ...picks };
    this.range = { from: NOON - spanMs, to: NOON };
  }

  /** The frame that a panel draws. */
  async panel({ targets }: Panel, widthPx = 1000): Promise<PluginAnswer> {
    const [target] = targets;
    if (target === undefined) throw new Error('The panel asks nothing.');
    const intervalMs = (this.range.to - this.range.from) / widthPx;
    return this.#run(target, { __interval_ms: String(Math.ceil(intervalMs)) });
  }

  async annotations({ annotations }: Dashboard): Promise<PluginAnswer[]> {
    return Promise.all(annotations.list.map(({ target }) => this.#run(target, { __interval_ms: '60000' })));
  }

  /** The choices of a picker. */
  async options(dashboard: Dashboard, name: string): Promise<string[]> {
    const variable = queryVariables(dashboard).find((one) => one.name === name);
    if (variable === undefined) throw new Error(`There is no variable ${name}.`);
    const { infinityQuery, meta } = variable.query;
    const rows = await variableRows(infinityQuery, this.#asked({}));
    return rows.map((row) => {
      const [text, value] = [row[meta.textField], row[meta.valueField]];
      if (text === undefined || value === undefined)
        throw new Error(`at least one field expected for ${name}`);
      return value;
    });
  }

  /** The size of the bodies for the pickers. */
  async variableBytes(dashboard: Dashboard): Promise<(readonly [string, number])[]> {
    return Promise.all(
      queryVariables(dashboard).map(async ({ name, query }) => {
        const { bytes } = await this.#run(query.infinityQuery, {});
        return [name, bytes] as const;
      }),
    );
  }

  #run(query: InfinityModel, scoped: Readonly<Record<string, string>>): Promise<PluginAnswer> {
    return runQuery(query, this.#asked(scoped));
  }

  #asked(scoped: Readonly<Record<string, string>>) {
    const fill = (text: string) => {
      const filled = interpolate(text, { picks: this.#picks, scoped });
      // The server would take it as "all": a misspelled variable must not look right.
      if (/\$\{(?!__timeFrom|__timeTo)/.test(filled)) throw new Error(`Nothing fills in ${filled}.`);
      return filled;
    };
    return { baseUrl: this.#baseUrl, range: this.range, interpolate: fill };
  }
}
