import { CommanderError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { shownText } from '../domain/shown.ts';
import { systemFault } from '../domain/system-fault.ts';
import { UsageError } from './usage.ts';

/** The exit codes of a failed run, and of a command or settings that make no sense. */
const [FAILED, MISUSED] = [1, 2];
/**
 * The exit code that a shell shows for a program that SIGPIPE ended: its reader has closed the output, which is no
 * failure.
 */
const CUT_OFF = 141;

interface Outcome {
  readonly exitCode: number;
  /** What to tell people; undefined if all is said, or nobody reads it. */
  readonly message?: string;
}

/** The message and exit code for a command that throws: a sentence for the operator, without a stack trace. */
function outcomeOf(error: unknown, name?: string): Outcome {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : MISUSED };
  if (hasCode(error, 'EPIPE')) return { exitCode: CUT_OFF };
  const words = systemFault(error, name) ?? (error instanceof Error ? error.message : String(error));
  const isMisused = error instanceof ConfigError || error instanceof UsageError;
  return { exitCode: isMisused ? MISUSED : FAILED, message: shownText(words) };
}

/** Ends the program in order if nobody reads its output, or the output cannot be written. */
export function watchOutput(): void {
  process.stdout.on('error', (error) => end(outcomeOf(error, 'standard output')));
  process.stderr.on('error', () => {
    // Nobody can be told, and the command itself is not affected.
  });
}

function end({ exitCode, message }: Outcome): void {
  if (message !== undefined) process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

/**
 * Tells what went wrong, and sets the exit code. If that is set already, the output has failed: it tells that, with the
 * cause.
 */
export function tell(error: unknown): void {
  if (!process.exitCode) end(outcomeOf(error));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
