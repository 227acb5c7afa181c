import { readFileSync } from 'node:fs';
import { systemFault } from '../domain/system-fault.ts';

/** The text of a file that a setting names. Throws an error with a sentence if it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(systemFault(error, path) ?? String(error), { cause: error });
  }
}
