import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { readExpectedTargets } from '../../src/config/expected-targets.ts';

const read = (text: string) => readExpectedTargets('/etc/expected.yaml', () => text);

test('a file lists the targets that are expected, each once', () => {
  const text = `
# What must report.
- repo: rsyslog
  server: [log-1, log-2, log-1]
- { repo: team-a/web, server: web-1 }
- { repo: rsyslog, server: log-2 }
`;
  expect(read(text)).toEqual([
    { repo: 'rsyslog', server: 'log-1' },
    { repo: 'rsyslog', server: 'log-2' },
    { repo: 'team-a/web', server: 'web-1' },
  ]);
  expect(read('[]')).toEqual([]);
});

test('an unusable file names every mistake at once, with its place', () => {
  const text = `
- { repo: a b, server: x }
- { repo: a, server: [] }
- { repo: a, servers: [x] }
- { repo: a, server: 10 }
`;
  expect(() => read(text)).toThrow(ConfigError);
  for (const words of [
    /GITOPS_STATUS_EXPECTED_TARGETS_FILE=\/etc\/expected.yaml: entry 1: repo must be the name/,
    /entry 2: server must be a name, or a list of names/,
    /entry 3: .*"servers"/,
    /entry 3: server must be/,
    /entry 4: server must be/,
  ]) {
    expect(() => read(text)).toThrow(words);
  }
});

test.each([
  ['', /must be a list of targets; \[\] for none/],
  ['rsyslog: [a]', /must be a list of targets/],
  ['- {', /EXPECTED_TARGETS_FILE/],
])('a file with %j is refused', (text, words) => {
  expect(() => read(text)).toThrow(words);
});

test('a file that does not exist is named', () => {
  const gone = () => {
    throw new Error('ENOENT: no such file');
  };
  expect(() => readExpectedTargets('/gone.yaml', gone)).toThrow(/EXPECTED_TARGETS_FILE=\/gone.yaml: ENOENT/);
});
