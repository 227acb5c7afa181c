import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { postReport, scratch } from '../e2e/scratch.ts';
import { atFullLength } from '../full-length.ts';
import { folderOf, withTool } from './tools.ts';

const run = promisify(execFile);
const folder = folderOf('schemathesis');

/** Neither internal errors nor anything that is missing in the contract. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

const CONFIG = fileURLToPath(new URL('schemathesis.toml', import.meta.url));

/** Requests to each operation. */
const EXAMPLES = atFullLength(300, { otherwise: 3 });

test.skipIf(folder === undefined)(
  `schemathesis finds no answer that the contract does not declare, in ${EXAMPLES} requests to each operation`,
  async () => {
    const { at, serve } = scratch();
    // A URL that is too long is refused before there is a request (431), so no operation answers that.
    const { url } = await serve(at('status.db'), { env: { GITOPS_STATUS_MAX_HEADER_SIZE: '1MiB' } });
    await postReport(url, 'rsyslog-lab', {
      sync_status: 'OUT_OF_SYNC',
      files: [{ name: 'a' }],
      commit: 'c0ffee1',
    });
    await addMute(url);
    const options = [
      `${url}/openapi.json`,
      ...['--checks', CHECKS.join()],
      // A stream never ends; its page is requested by the other hostile requests.
      ...['--exclude-path', '/api/v1/events'],
      ...['--phases', atFullLength('examples,coverage,fuzzing,stateful', { otherwise: 'examples,fuzzing' })],
      ...['--max-examples', String(EXAMPLES), '--seed', '22', '--generation-database', 'none'],
      ...['--request-timeout', '60', '--continue-on-failure', '--no-color', '--no-shrink'],
    ];
    const program = join(folder ?? '', 'bin', 'schemathesis');
    const found = await run(program, ['--config-file', CONFIG, 'run', ...options], {
      cwd: at('.'),
      env: withTool(folder ?? ''),
      maxBuffer: 256 * 1024 * 1024,
    }).then(
      ({ stdout }) => ({ stdout, failed: false }),
      (error: unknown) => ({ stdout: String(Object(error).stdout), failed: true }),
    );
    expect(found.failed, found.stdout).toBe(false);
    expect(found.stdout).toMatch(/\d+ passed/);
  },
);

/** So that one has the id 1, as an incident does. */
async function addMute(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/mutes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      server: 'none-*',
      reason: 'A test',
      by: 'ci',
      ends_at: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  });
  expect(answer.status).toBe(201);
}
