import { readFileSync } from 'node:fs';

const PAGE = new URL('../../docs/clients.md', import.meta.url);

/** What docs/clients.md says of one generator. */
export interface DocumentedClient {
  readonly name: string;
  /** The commands, for a shell. */
  readonly commands: string;
  /** The files, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** The commands that fetch the contract, and the clients. */
export function documentedClients(): {
  readonly fetching: string;
  readonly clients: readonly DocumentedClient[];
} {
  const [intro = '', ...sections] = readFileSync(PAGE, 'utf8').split(/^## /m);
  return { fetching: blockIn(intro), clients: sections.map(clientIn) };
}

function clientIn(section: string): DocumentedClient {
  const files = [...section.matchAll(/^`([^`]+)`:\n\n```\w+\n(.*?)^```$/gms)];
  return {
    name: section.slice(0, section.indexOf('\n')),
    commands: blockIn(section),
    files: new Map(files.map(([, name = '', text = '']) => [name, text])),
  };
}

function blockIn(section: string): string {
  const [, text] = /^```sh\n(.*?)^```$/ms.exec(section) ?? [];
  if (text === undefined) throw new Error(`docs/clients.md has no commands here: ${section.slice(0, 80)}`);
  return text;
}
