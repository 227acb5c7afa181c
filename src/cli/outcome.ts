import { CommanderError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { shownText } from '../domain/shown.ts';
import { systemFault } from '../domain/system-fault.ts';
import { UsageError } from './usage.ts';

/** A run that failed, and one that was called in a way, or with settings, that cannot be meant. */
const [FAILED, MISUSED] = [1, 2];
/** What a shell says of a program that SIGPIPE ended: what read its output has gone, so it is cut off, as was wanted. */
const CUT_OFF = 141;

interface Outcome {
  readonly exitCode: number;
  /** What to tell people; undefined where all is said, or nobody is there to read it. */
  readonly message?: string;
}

/** What the program says and ends with where a command throws: a sentence for the operator, without a stack trace. */
function outcomeOf(error: unknown, name?: string): Outcome {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : MISUSED };
  if (hasCode(error, 'EPIPE')) return { exitCode: CUT_OFF };
  const words = systemFault(error, name) ?? (error instanceof Error ? error.message : String(error));
  const isMisused = error instanceof ConfigError || error instanceof UsageError;
  return { exitCode: isMisused ? MISUSED : FAILED, message: shownText(words) };
}

/** Ends the program in order where nobody reads what it says, or its output cannot be written. */
export function watchOutput(): void {
  process.stdout.on('error', (error) => end(outcomeOf(error, 'standard output')));
  process.stderr.on('error', () => {
    // Nobody can be told, and what the command does is none the worse for it.
  });
}

function end({ exitCode, message }: Outcome): void {
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

/** Tells what went wrong, and sets the exit code. Where that is set, the output has failed: it is told, and the cause. */
export function tell(error: unknown): void {
  if (!process.exitCode) end(outcomeOf(error));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
