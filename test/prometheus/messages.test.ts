import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { shippedRules } from '../grafana/shipped.ts';
import { missing } from './tools.ts';

/**
 * Grafana renders annotations with Go's templates, as Prometheus does, and gives them labels by the same name. So
 * promtool shows their text: for a target, and for an error of Grafana, which has no labels of a target.
 */
function renderedBy(labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'messages-'));
  const series = `fires{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
  const rule = { alert: 'Any', expr: 'fires == 1', annotations };
  const story = {
    rule_files: ['rules.yml'],
    tests: [
      {
        input_series: [{ series, values: '1x5' }],
        alert_rule_test: [
          { eval_time: '1m', alertname: 'Any', exp_alerts: [{ exp_annotations: { never: 'this' } }] },
        ],
      },
    ],
  };
  writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'any', rules: [rule] }] }));
  writeFileSync(join(folder, 'story.yml'), stringify(story));
  // It fails, and prints what it got.
  const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'story.yml'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return (/got:\[[\s\S]*?Annotations:\{([\s\S]*?)\}\s*\]/.exec(`${stdout}${stderr}`)?.[1] ?? '').replace(
    /\s+/g,
    ' ',
  );
}

describe.skipIf(missing('promtool'))('the text of an alert is readable', () => {
  test.each(shippedRules().map(({ title, annotations }) => [title, annotations] as const))(
    '%s',
    (_, annotations) => {
      const named = renderedBy({ repo: 'rsyslog', server: 'lab' }, annotations);
      const nameless = renderedBy({}, annotations);
      for (const text of [named, nameless]) {
        expect(text).toContain('summary=');
        expect(text).toContain('description=');
        expect(text).not.toMatch(/no value|\{\{|error/i);
      }
      const speaksOfTarget = JSON.stringify(annotations).includes('.Labels');
      expect(named.includes('lab')).toBe(speaksOfTarget);
      expect(nameless.includes('a server')).toBe(speaksOfTarget);
    },
  );
});
