import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { missing } from './tools.ts';

const SHIPPED = fileURLToPath(new URL('../../grafana/prometheus', import.meta.url));

describe.skipIf(missing('promtool'))('the shipped files for Prometheus', () => {
  test.each([
    ['the scrape config', ['check', 'config', 'prometheus.yml']],
    ['the alert rules', ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml']],
    ['the alert rules, over the stories they are for', ['test', 'rules', 'rules.test.yml']],
  ])('%s passes', (_, args) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: SHIPPED, encoding: 'utf8' });
    expect({ status, says: `${stdout}${stderr}` }).toEqual({
      status: 0,
      says: expect.stringContaining('SUCCESS'),
    });
  });
});
