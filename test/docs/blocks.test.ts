import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/config.ts';
import { readExpectedTargets } from '../../src/config/expected-targets.ts';
import { readNotifyFile } from '../../src/config/notify-file.ts';
import { readTokensFile } from '../../src/config/tokens-file.ts';
import { missing, REPORTER_TOOLS } from '../reporter/tools.ts';
import { shapeOf, shapeOfText } from './answer.ts';
import { type Block, blocksOf, type Treatment, treatmentOf } from './blocks.ts';
import { Reader } from './reader.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Documents whose blocks another test runs, because they need special tools. */
const RUN_ELSEWHERE: readonly string[] = ['docs/clients.md'];

const DOCS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${ROOT}/docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .filter((doc) => !RUN_ELSEWHERE.includes(doc)),
  'reporter/README.md',
];

/** A block that names the address of a server, or the program. Those after it may know them by variables. */
const NEEDS_SERVER = /127\.0\.0\.1:8080|gitops-status-server [a-z]/;

const BLOCKS = new Map(DOCS.map((doc) => [doc, blocksOf(doc)] as const));

describe
  .skipIf(missing([...REPORTER_TOOLS, 'curl']))
  .each([...BLOCKS].filter(([, { length }]) => length > 0))('%s', (doc, blocks) => {
  let reader: Reader | undefined;
  let said = '';
  beforeAll(async () => {
    if (blocks.some((block) => treatmentOf(block)?.kind === 'run')) reader = new Reader();
  });
  afterAll(() => reader?.stop());

  // In order, as a reader meets them: a block may need the results of the blocks before it.
  test.each(blocks.map((block) => [`${doc}:${block.line}`, block] as const))('%s', async (place, block) => {
    const treatment = treatmentOf(block);
    if (treatment === undefined) throw new Error(`${place} is in no class: see test/docs/blocks.ts.`);
    if (treatment.kind === 'run') said = await printed(reader, block, treatment);
    else if (treatment.kind === 'answer') compare(said, block, treatment);
    else if (treatment.kind === 'file') reader?.write(treatment.name, block.text);
    else check(block, treatment);
  });
});

test('most blocks run, and each that does not says why', () => {
  const treated = [...BLOCKS.values()].flat().map(treatmentOf);
  const kinds = treated.map((treatment) => treatment?.kind);
  const reasons = treated.flatMap((treatment) => (treatment?.kind === 'not run' ? [treatment.reason] : []));
  const times = new Map<string, number>();
  for (const reason of reasons) times.set(reason, (times.get(reason) ?? 0) + 1);
  console.info('Not run:', Object.fromEntries(times));
  expect(reasons.length).toBeLessThan(kinds.filter((kind) => kind === 'run' || kind === 'answer').length / 2);
});

async function printed(
  reader: Reader | undefined,
  { text }: Block,
  { exit, until, served }: Treatment & { kind: 'run' },
): Promise<string> {
  if (reader === undefined) throw new Error('There is nobody to run it.');
  if (!served) await reader.stopServing();
  else if (reader.hasServed || NEEDS_SERVER.test(text)) await reader.serve();
  const outcome = await reader.run(text, until);
  if (until === 'exit') expect(outcome, outcome.stderr).toMatchObject({ exit });
  else expect(outcome.stdout, outcome.stderr).not.toBe('');
  return outcome.stdout;
}

function compare(said: string, { language, text }: Block, { part }: Treatment & { kind: 'answer' }): void {
  if (language !== 'json') expect(shapeOfText(said)).toBe(shapeOfText(text));
  else if (part) expect(shapeOf(JSON.parse(said))).toMatchObject(Object(shapeOf(JSON.parse(text))));
  else expect(shapeOf(JSON.parse(said))).toEqual(shapeOf(JSON.parse(text)));
}

/** A file that a setting names, read by the server's own reader. Each secret has a value of its kind. */
const FILES: Readonly<Record<string, (text: string) => unknown>> = {
  GITOPS_STATUS_EXPECTED_TARGETS_FILE: (text) => readExpectedTargets('targets.yaml', () => text),
  GITOPS_STATUS_TOKENS_FILE: (text) => readTokensFile('tokens.yaml', () => text),
  GITOPS_STATUS_NOTIFY_FILE: (text) =>
    readNotifyFile('/etc/notify.yaml', (path) => {
      if (path === '/etc/notify.yaml') return text;
      return path.endsWith('-key')
        ? `whsec_${Buffer.alloc(32, 7).toString('base64')}`
        : 'https://hooks.example/x';
    }),
};

function check({ language, text }: Block, treatment: Treatment): void {
  if (treatment.kind === 'setting') {
    const read = FILES[treatment.name];
    if (read === undefined) throw new Error(`${treatment.name} names no file that is known here.`);
    expect(read(text)).toBeTruthy();
  } else if (treatment.kind === 'settings') {
    const env = Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/)));
    parseConfig(env, (path) => (path.includes('secret') ? 'x'.repeat(32) : ''));
  } else if (treatment.kind === 'run elsewhere') {
    expect(existsSync(`${ROOT}/${treatment.test}`), treatment.test).toBe(true);
  } else if (treatment.kind === 'parse') {
    expect(language === 'json' ? JSON.parse(text) : parse(text)).toBeTruthy();
  }
}
