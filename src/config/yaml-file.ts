import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { ConfigError } from './config.ts';

/** A YAML file that a setting names. */
export interface YamlFile {
  /** The name of the setting. */
  readonly setting: string;
  readonly path: string;
  readonly readFile: (path: string) => string;
}

/** The content of a file, with places. */
interface YamlContent {
  readonly value: unknown;
  /** The line of the value at a path; without a value, the line of its parent. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/** The content of the file. Throws a `ConfigError` if it cannot be read, or is not YAML. */
export function readYaml(file: YamlFile): unknown {
  return readYamlWithLines(file).value;
}

/** The same, for mistakes that are told with their line. */
export function readYamlWithLines(file: YamlFile): YamlContent {
  let text: string;
  try {
    text = file.readFile(file.path);
  } catch (error) {
    throw unusable(file, [error instanceof Error ? error.message : String(error)]);
  }
  const lines = new LineCounter();
  // Nothing is printed: what is only a warning to the parser is a mistake here.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, logLevel: 'error' });
  const lineOf = (node: Node | null | undefined) => lines.linePos(node?.range?.[0] ?? 0).line;
  const problems = [
    ...document.errors.map(({ message }) => message.split('\n')[0]?.replace(/:$/, '') ?? message),
    ...misread(document, lineOf),
  ];
  if (problems.length > 0) throw unusable(file, problems);
  return { value: contentOf(document, file), lineOf: (path) => lineOf(nodeAt(document, path)) };
}

/**
 * Values that YAML does not read as text: after `!` a tag, after `*` an alias. Neither is quoted: it may be a secret in
 * the wrong place.
 */
function misread(document: Document, lineOf: (node: Node) => number): readonly string[] {
  const problems: string[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.source !== '' && node.resolve(document) === undefined)
        problems.push(`line ${lineOf(node)}: a text that starts with * needs quotes`);
    },
    Node(_, node) {
      if (node.tag !== undefined && !isAlias(node) && !KNOWN_TAG.test(node.tag))
        problems.push(`line ${lineOf(node)}: a text that starts with ! needs quotes`);
    },
  });
  return problems;
}

const KNOWN_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

function contentOf(document: Document, file: YamlFile): unknown {
  try {
    return document.toJS();
  } catch {
    throw unusable(file, ['it has too many aliases: write out what they stand for']);
  }
}

/** The node at a path. If a key is there it is the key; if nothing is, the last node on the way. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | null {
  let found: Node | null = null;
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      if (isScalar(pair.key)) found = pair.key;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      if (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)) found = item;
      node = item;
    } else break;
  }
  return found;
}

export function unusable({ setting, path }: YamlFile, problems: readonly string[]): ConfigError {
  return new ConfigError(problems.map((problem) => `${setting}=${path}: ${problem}`));
}
