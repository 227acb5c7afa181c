import type { LoggedEvent } from '../domain/event.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';

/** Which events a listener wants. Two filters with the same key want the same events. */
export class EventFilter {
  readonly key: string;
  readonly #repos: ReadonlySet<string> | undefined;
  readonly #servers: ReadonlySet<string> | undefined;

  constructor({ repos, servers }: TargetFilter) {
    this.#repos = repos && new Set(repos);
    this.#servers = servers && new Set(servers);
    this.key = JSON.stringify([repos?.toSorted() ?? null, servers?.toSorted() ?? null]);
  }

  /** An event without a target is only wanted by a filter that names nothing. */
  wants({ repo, server }: Pick<LoggedEvent, 'repo' | 'server'>): boolean {
    return isIn(this.#repos, repo) && isIn(this.#servers, server);
  }
}

function isIn(names: ReadonlySet<string> | undefined, name: string | undefined): boolean {
  return names === undefined || (name !== undefined && names.has(name));
}
