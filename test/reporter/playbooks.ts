import { hostname } from 'node:os';
import { expect } from 'vitest';

/** The required parts of a report: its status, its files as "change name", and some other fields. */
type Told = {
  readonly status: string;
  readonly files?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
};

/** One of `playbooks/`: the right report after a deploy, and after its `drift`. Its README says why. */
export type Playbook = {
  readonly name: string;
  readonly inSync: Told;
  readonly drifted?: Told;
  /** The first Ansible that can run it in check mode. */
  readonly since?: string;
};

const SYNCED: Told = { status: 'SYNCED', files: [] };
const drift = (...files: string[]): Told => ({ status: 'OUT_OF_SYNC', files });
const unknown = (kind: string): Told => ({ status: 'UNKNOWN', files: [], more: { error_kind: kind } });

export const PLAYBOOKS: readonly Playbook[] = [
  { name: 'apt-cache', inSync: SYNCED },
  { name: 'assemble', inSync: SYNCED, drifted: drift('changed a.conf'), since: '2.19' },
  { name: 'assert-limit', inSync: SYNCED, drifted: drift('content a.conf') },
  {
    name: 'async-copy',
    inSync: { status: 'SYNCED', more: { skipped_in_check_mode: 1 } },
    drifted: drift('content a.conf'),
    since: '2.17',
  },
  {
    name: 'async-fire',
    inSync: SYNCED,
    drifted: drift('content a.conf'),
    since: '2.17',
  },
  { name: 'creates', inSync: SYNCED, drifted: { status: 'OUT_OF_SYNC', more: { drift_count: 1 } } },
  { name: 'diff-by-command', inSync: SYNCED, drifted: { status: 'OUT_OF_SYNC', more: { drift_count: 1 } } },
  { name: 'dotfiles-home', inSync: SYNCED, drifted: drift('content .a', 'missing .b', 'attributes .c') },
  { name: 'facts-d', inSync: SYNCED, drifted: drift('content f.fact') },
  { name: 'get-url-checksum', inSync: SYNCED, drifted: drift('content a.bin') },
  { name: 'get-url-force', inSync: SYNCED, drifted: drift('content a.bin') },
  { name: 'get-url-plain', inSync: SYNCED, drifted: drift('content a.bin') },
  { name: 'git-new-commit', inSync: SYNCED, drifted: drift('content app') },
  { name: 'include-loop', inSync: SYNCED, drifted: drift('missing b.conf') },
  {
    name: 'link-to-missing',
    inSync: SYNCED,
    drifted: {
      ...drift('missing avail.conf'),
      more: { partial: true, error: expect.stringContaining('enabled.conf') },
    },
  },
  { name: 'missing-dir', inSync: SYNCED, drifted: drift('missing app.d', 'missing app.d/a.conf') },
  {
    name: 'pull-localhost',
    inSync: { ...SYNCED, more: { server: hostname() } },
    drifted: { ...drift('content a.conf'), more: { server: hostname() } },
  },
  { name: 'purge-by-registered-dest', inSync: SYNCED, drifted: drift('content d/a.conf') },
  { name: 'recurse-loud', inSync: SYNCED, drifted: drift('attributes tree') },
  {
    name: 'render-then-upload',
    inSync: {
      ...unknown('task_failed'),
      more: { error: expect.stringContaining('which "render" would have made') },
    },
    drifted: {
      ...unknown('task_failed'),
      more: { error: expect.stringContaining('"check_mode: false" on "render"') },
    },
  },
  {
    name: 'secret-nolog-loop',
    inSync: SYNCED,
    drifted: { ...drift(), more: { drift_count: 1, resources: [{ task: 'token', change: 'hidden' }] } },
  },
  {
    name: 'staging-promote',
    inSync: { ...unknown('left_out'), more: { error: expect.stringContaining('"promote it"') } },
    drifted: { ...unknown('left_out'), more: { error: expect.stringContaining('"promote it"') } },
  },
  { name: 'template-plus-line', inSync: drift('content a.env'), drifted: drift('content a.env') },
  { name: 'timestamped-template', inSync: drift('content a.conf'), drifted: drift('content a.conf') },
  { name: 'touch-preserve', inSync: SYNCED, drifted: drift('missing flag') },
  { name: 'unarchive', inSync: unknown('left_out'), drifted: unknown('left_out') },
  { name: 'unit-restart', inSync: SYNCED, drifted: drift('content a.service') },
  { name: 'until-skipped', inSync: SYNCED, drifted: drift('content a.conf') },
  {
    name: 'user-loop',
    inSync: {
      ...drift(),
      more: {
        resources: [{ name: 'lp' }, { name: 'news' }].map((one) =>
          expect.objectContaining({ ...one, task: 'users' }),
        ),
      },
    },
  },
  { name: 'vars-prompt', inSync: SYNCED, drifted: drift('content a.conf') },
  {
    name: 'version-probe-ignored',
    inSync: { ...SYNCED, more: { ignored: 1 } },
    drifted: drift('content a.conf'),
  },
];
