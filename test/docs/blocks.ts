import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a document, with the HTML comments directly above it. */
export interface Block {
  readonly doc: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly notes: readonly string[];
}

/** What a test does with a block. */
export type Treatment =
  /** It runs in bash. `until: 'output'`: it has no end, and is stopped after its first output. */
  | {
      readonly kind: 'run';
      readonly exit: number;
      readonly until: 'exit' | 'output';
      readonly served: boolean;
    }
  /** It is compared with what the block before it printed; `part`: the answer may have more keys. */
  | { readonly kind: 'answer'; readonly part: boolean }
  | { readonly kind: 'file'; readonly name: string }
  /** It is the file that a setting names. */
  | { readonly kind: 'setting'; readonly name: string }
  /** Its lines are settings in an environment. */
  | { readonly kind: 'settings' }
  | { readonly kind: 'parse' }
  | { readonly kind: 'run elsewhere'; readonly test: string }
  | { readonly kind: 'not run'; readonly reason: string };

/** The fenced blocks of a document, in order. Those in lists are indented. */
export function blocksOf(doc: string): Block[] {
  const lines = readFileSync(`${ROOT}/${doc}`, 'utf8').split('\n');
  const found: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent, language = ''] = /^( *)```(\w*)$/.exec(lines[at] ?? '') ?? [];
    if (indent === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``);
    if (end < 0) throw new Error(`${doc}:${at + 1}: the block has no end.`);
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    found.push({ doc, line: at + 1, language, text: text.join('\n'), notes: notesAbove(lines, at) });
    at = end;
  }
  return found;
}

function notesAbove(lines: readonly string[], at: number): string[] {
  const [, note] = /^ *<!-- (.*) -->$/.exec(lines[at - 1] ?? '') ?? [];
  return note === undefined ? [] : [...notesAbove(lines, at - 1), note];
}

/** Undefined if the language and the notes do not say what to do with the block. */
export function treatmentOf({ language, notes }: Block): Treatment | undefined {
  const noted = (key: string) => notes.find((note) => note.startsWith(`${key}: `))?.slice(key.length + 2);
  if (!notes.every(isKnown)) return undefined;
  const reason = noted('not run');
  if (reason !== undefined) return { kind: 'not run', reason };
  const test = noted('run by');
  if (test !== undefined) return { kind: 'run elsewhere', test };
  if (notes.includes('answer')) return { kind: 'answer', part: false };
  if (notes.includes('answer, in part')) return { kind: 'answer', part: true };
  const name = noted('file');
  if (name !== undefined) return { kind: 'file', name };
  const setting = noted('setting');
  if (setting !== undefined) return { kind: 'setting', name: setting };
  if (notes.includes('settings')) return { kind: 'settings' };
  if (language === 'json' || language === 'yaml') return { kind: 'parse' };
  if (language !== 'sh') return undefined;
  return {
    kind: 'run',
    exit: Number(noted('exits') ?? 0),
    until: notes.includes('endless') ? 'output' : 'exit',
    served: !notes.includes('the server is stopped'),
  };
}

function isKnown(note: string): boolean {
  const words = ['answer', 'answer, in part', 'settings', 'endless', 'the server is stopped'];
  return words.includes(note) || /^(?:not run|run by|file|setting|exits): ./.test(note);
}
