import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import type { Config } from './config/config.ts';

const STDOUT = 1;

/** Logs to stdout: for people on a terminal, otherwise a JSON line for each event. */
export async function createLog(level: string): Promise<Logger> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!isatty(STDOUT)) return pino(options);
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss' }));
}

/** On a terminal, one line with the address to open. */
export function tellAddress(config: Pick<Config, 'host' | 'basePath' | 'publicUrl'>): (port: number) => void {
  return (port) => {
    if (isatty(STDOUT))
      process.stdout.write(`Open ${addressToOpen(config, port)} (Ctrl-C stops the server)\n`);
  };
}

/** The address for a browser on this machine or, with the public URL, on any other. */
export function addressToOpen(
  { host, basePath, publicUrl }: Pick<Config, 'host' | 'basePath' | 'publicUrl'>,
  port: number,
): string {
  if (publicUrl !== undefined) return `${publicUrl}/`;
  const name = EVERY_ADDRESS[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}/`;
}

/**
 * A server that listens on all addresses listens on loopback too, and no browser opens the address that stands for all.
 */
const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
