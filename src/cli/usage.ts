import { type Command, InvalidArgumentError, Option } from 'commander';
import { databaseUrlFault } from '../config/database-url.ts';
import { shownText } from '../domain/shown.ts';

/** The command was used in a wrong way: it ends with 2, as for wrong settings. */
export class UsageError extends Error {}

/** Makes mistakes throw, so that the caller chooses the exit code, and adds to each where the help is. */
export function throwUsageErrors(command: Command, path = command.name()): Command {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(shownText(text)) })
    .showHelpAfterError(`See: ${path} --help`);
  for (const child of command.commands) throwUsageErrors(child, `${path} ${child.name()}`);
  return command;
}

/** The options by which people ask about the program itself. */
const ABOUT = ['-h', '--help', '-V', '--version'];

/**
 * The arguments as they are parsed: without a command they are for `serve`, and `help x` is `x --help`. They end with
 * the first command that does not exist. Otherwise a later `--help` would answer for the command above, as if there
 * were no mistake.
 */
export function argumentsFor(program: Command, given: readonly string[]): string[] {
  if (given[0] === 'help') return upToUnknown(program, [...given.slice(1), '--help']);
  if (isForServe(given)) return ['serve', ...given];
  return upToUnknown(program, given);
}

/** The name of the command that the arguments begin with, whether it exists or not. */
export function namedCommand(given: readonly string[]): string | undefined {
  return isForServe(given) ? 'serve' : given[0];
}

function isForServe([first]: readonly string[]): boolean {
  return first === undefined || (first.startsWith('-') && !ABOUT.includes(first));
}

function upToUnknown(program: Command, args: readonly string[]): string[] {
  let command = program;
  for (const [i, name] of args.entries()) {
    if (command.commands.length === 0 || name.startsWith('-')) break;
    const child = command.commands.find((one) => one.name() === name);
    if (child === undefined) return args.slice(0, i + 1);
    command = child;
  }
  return [...args];
}

/** Text below the help of a command: what people use it for, and how to write it. */
export function examples(...lines: readonly (readonly [does: string, written: string])[]): string {
  return `\nExamples:\n${lines.map(([does, written]) => `  # ${does}\n  ${written}\n`).join('')}`;
}

/** Where to listen and what to open, in place of the settings. */
export interface ServeOptions {
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
}

export function hostOption(): Option {
  return new Option(
    '--host <address>',
    'where to listen (default: the setting HOST, or 127.0.0.1)',
  ).argParser((text) => refusedWhere(text.trim() === '', text, 'It must be an address or a name.'));
}

export function portOption(): Option {
  return new Option(
    '--port <number>',
    'where to listen, 0 for any free port (default: the setting PORT, or 8080)',
  ).argParser((text) =>
    refusedWhere(
      !/^\d{1,5}$/.test(text) || Number(text) > 65_535,
      text,
      'It must be a whole number from 0 to 65535.',
    ),
  );
}

export function databaseOption(description: string): Option {
  return new Option('--database <path>', description).argParser((text) => {
    const fault = databaseUrlFault(`sqlite:${text}`);
    return refusedWhere(
      fault !== undefined,
      text,
      `It must be the path of a file: as sqlite:${text}, it ${fault}.`,
    );
  });
}

function refusedWhere(isWrong: boolean, text: string, words: string): string {
  if (isWrong) throw new InvalidArgumentError(words);
  return text;
}

/** The environment with options in place of settings, for values as well as files. */
export function withOptions(
  env: NodeJS.ProcessEnv,
  { host, port, database }: ServeOptions,
): NodeJS.ProcessEnv {
  const url = database === undefined ? undefined : `sqlite:${database}`;
  const given = { HOST: host, PORT: port, DATABASE_URL: url };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    ...env,
    ...Object.fromEntries(
      set.flatMap(([name, value]) => [
        [name, value],
        [`${name}_FILE`, ''],
      ]),
    ),
  };
}
