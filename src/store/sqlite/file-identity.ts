import { realpathSync, statSync } from 'node:fs';

/**
 * Makes a function that says, in words for people, whether a file of an open database was deleted or replaced: the file
 * itself, its log or the index of the log. What is written to such a file is lost. It costs a few microseconds.
 * `onChange` is called if the answer differs from the one before.
 */
export function watchFiles(
  path: string,
  onChange: (problem: string | undefined) => void,
): () => string | undefined {
  if (path === ':memory:') return () => undefined;
  // SQLite stores the log beside the file itself, not beside a link to it.
  const real = realpathSync(path);
  const files = [
    { file: path, name: 'The file of the database', identity: identityOf(path) },
    { file: `${real}-wal`, name: 'The log of the database', identity: identityOf(`${real}-wal`) },
    { file: `${real}-shm`, name: 'The index of the log', identity: identityOf(`${real}-shm`) },
  ];
  let told: string | undefined;
  return () => {
    const changed = files.find(({ file, identity }) => identityOf(file) !== identity);
    const problem = changed && wordsOf(changed);
    if (problem !== told) {
      told = problem;
      onChange(problem);
    }
    return problem;
  };
}

function wordsOf({ file, name }: { file: string; name: string }): string {
  const what = identityOf(file) === undefined ? 'was deleted or moved away' : 'was replaced by another one';
  return (
    `${name} ${what} while the server has it open, so nothing is recorded or answered. Before you restart the server, ` +
    'see "A file that was replaced" in docs/operations.md: what it has acknowledged may only be in the file that it has open.'
  );
}

function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}
