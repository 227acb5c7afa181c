import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config.ts';

/** A file in YAML that a setting names. */
export interface YamlFile {
  /** The name of the setting. */
  readonly setting: string;
  readonly path: string;
  readonly readFile: (path: string) => string;
}

/** What is in the file. Throws a `ConfigError` where it cannot be read, or is not YAML. */
export function readYaml(file: YamlFile): unknown {
  let text: string;
  try {
    text = file.readFile(file.path);
  } catch (error) {
    throw unusable(file, [error instanceof Error ? error.message : String(error)]);
  }
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: true });
  if (document.errors.length > 0) {
    throw unusable(
      file,
      document.errors.map(({ message }) => message.split('\n')[0]?.replace(/:$/, '') ?? message),
    );
  }
  return document.toJS();
}

export function unusable({ setting, path }: YamlFile, problems: readonly string[]): ConfigError {
  return new ConfigError(problems.map((problem) => `${setting}=${path}: ${problem}`));
}
