import { z } from 'zod';
import { NAME_PATTERN, type Target, targetKey } from '../domain/target.ts';
import { readYaml, unusable } from './yaml-file.ts';

const expected = 'must be the name of a repo or server; a number needs quotes';
const name = z.string(expected).regex(NAME_PATTERN, expected);

const several = 'must be a name, or a list of names';

const entry = z.strictObject({
  repo: name,
  server: z.union([name.transform((one) => [one]), z.array(name).min(1, several)], several),
});

const entries = z.array(entry, 'must be a list of targets; [] for none');

/** The targets that a file declares, each once. Throws a `ConfigError` that lists every mistake. */
export function readExpectedTargets(path: string, readFile: (path: string) => string): Target[] {
  const file = { setting: 'GITOPS_STATUS_EXPECTED_TARGETS_FILE', path, readFile };
  const parsed = entries.safeParse(readYaml(file));
  if (parsed.data === undefined) throw unusable(file, parsed.error.issues.map(describeIssue));
  const targets = parsed.data.flatMap(({ repo, server }) => server.map((one) => ({ repo, server: one })));
  return [...new Map(targets.map((target) => [targetKey(target), target])).values()];
}

function describeIssue({ path, message }: { path: PropertyKey[]; message: string }): string {
  const [index, ...rest] = path;
  if (index === undefined) return message;
  return `entry ${Number(index) + 1}: ${[rest.join('.'), message].filter(Boolean).join(' ')}`;
}
