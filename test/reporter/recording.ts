import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ansible } from './ansibles.ts';
import type { Scratch } from './scratch.ts';
import type { Situation } from './situation.ts';

/** The plugin's output in real runs, one directory per situation, one file per version of Ansible. */
const RECORDED = fileURLToPath(new URL('recorded', import.meta.url));

/** In a recording, the directory of the run. */
const ROOT = '@ROOT@';

type Titled = Pick<Situation, 'title' | 'timed'>;

type Recording = { readonly exitCode: number; readonly stderr: string; readonly lines: readonly string[] };

export function recordingsOf(situation: Titled): { readonly version: string; readonly path: string }[] {
  const directory = directoryOf(situation);
  return existsSync(directory)
    ? readdirSync(directory).map((name) => ({
        version: name.replace('.json', ''),
        path: join(directory, name),
      }))
    : [];
}

/** Puts an ansible-playbook in front of the real one that replays a recording. */
export function replay(path: string, scratch: Scratch): void {
  const { exitCode, stderr, lines } = JSON.parse(
    readFileSync(path, 'utf8').replaceAll(ROOT, scratch.root),
  ) as Recording;
  const observed = scratch.write('observed.jsonl', lines.map((line) => `${line}\n`).join(''));
  const said = scratch.write('said', stderr);
  const write = lines.length === 0 ? '' : `cp '${observed}' "$GITOPS_STATUS_FILE"; `;
  scratch.stub('ansible-playbook', `${write}cat '${said}' >&2; exit ${exitCode}`);
}

/**
 * With GITOPS_TEST_RECORD=1 real runs renew the recordings. A wrapper of ansible-playbook copies what is lost with the
 * reporter's own directory.
 */
export function saveRecording(situation: Titled, { version }: Ansible, scratch: Scratch): void {
  const kept = join(scratch.root, 'kept');
  if (process.env.GITOPS_TEST_RECORD !== '1' || situation.timed === true || !existsSync(`${kept}.code`)) {
    return;
  }
  const read = (suffix: string) => (existsSync(kept + suffix) ? readFileSync(kept + suffix, 'utf8') : '');
  const recording: Recording = {
    exitCode: Number(read('.code')),
    stderr: read('.stderr'),
    lines: read('.jsonl')
      .split('\n')
      .filter((line) => line !== ''),
  };
  const text = JSON.stringify(recording, undefined, 1).replaceAll(scratch.root, ROOT);
  mkdirSync(directoryOf(situation), { recursive: true });
  writeFileSync(join(directoryOf(situation), `${version}.json`), `${text}\n`);
}

/** For the wrapper: see `saveRecording`. */
export const KEEPING = `
ansible=$(PATH=\${PATH#*:} command -v ansible-playbook)
"$ansible" "$@" 2> >(tee "$TMPDIR/kept.stderr" >&2); code=$?; wait $!
cp "$GITOPS_STATUS_FILE" "$TMPDIR/kept.jsonl" 2>/dev/null
echo $code >"$TMPDIR/kept.code"; exit $code`;

function directoryOf({ title }: Titled): string {
  return join(
    RECORDED,
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 100),
  );
}
