import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The directory in which `.ci/clients` has installed schemathesis and generators; undefined if it has not. */
const HOME = process.env.GITOPS_TEST_CLIENTS;

/** The folder of a tool; undefined if it is not installed. */
export function folderOf(tool: string): string | undefined {
  if (HOME === undefined) return undefined;
  const folder = join(HOME, tool);
  return existsSync(folder) ? folder : undefined;
}

/** The environment in which the commands of a tool come first. */
export function withTool(folder: string, env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
}
