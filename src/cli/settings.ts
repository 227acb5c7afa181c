import { readFileSync } from 'node:fs';
import { type Config, parseConfig } from '../config/config.ts';

/** The settings of `serve`, for the commands that work on the same database. */
export function readSettings(): Config {
  return parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
}
