import { type Config, parseConfig } from '../config/config.ts';
import { readText } from '../config/read-text.ts';

/** The settings of `serve`, for the commands that work on the same database. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Config {
  return parseConfig(env, readText);
}
