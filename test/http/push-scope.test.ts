import { describe, expect, test } from 'vitest';
import { problemOf, startService } from './service.ts';
import { aToken } from './tokens.ts';

describe('a push about a repo that its token may not report about', () => {
  const at = startService();
  const { token, bearer } = aToken({ scopes: ['report'], repos: ['mine'] });
  at.service.tokens.declare([token]);

  /** A body that counts how often it is read. */
  function counted() {
    const reads = { count: 0 };
    const body = new ReadableStream(
      {
        pull(controller) {
          reads.count++;
          controller.enqueue(new TextEncoder().encode('gitops_sync_status 1\n'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return { body, reads };
  }

  test.each([
    '/metrics/job/ci/repo/theirs/server/s',
    '/metrics/job@base64/Y2k/server/s/repo@base64/dGhlaXJz',
  ])('is refused before any of its body is read: %s', async (path) => {
    for (const [method, encoding] of [
      ['PUT', 'identity'],
      ['POST', 'gzip'],
    ] as const) {
      const { body, reads } = counted();
      const headers = { ...bearer, 'Content-Type': 'text/plain', 'Content-Encoding': encoding };
      const init = { method, headers, body, duplex: 'half' as const };
      const answer = await at.service.app.request(path, init);
      expect(await problemOf(answer)).toMatchObject({
        status: 403,
        detail: expect.stringContaining('theirs'),
      });
      expect(reads.count).toBe(0);
    }
  });

  test('is also refused if it would delete', async () => {
    const remove = (repo: string) =>
      at.service.app.request(`/metrics/job/ci/repo/${repo}`, { method: 'DELETE', headers: bearer });
    expect((await remove('theirs')).status).toBe(403);
    expect((await remove('mine')).status).toBe(202);
  });

  test('is accepted if the repo is one of its own', async () => {
    const { body, reads } = counted();
    const headers = { ...bearer, 'Content-Type': 'text/plain' };
    const init = { method: 'PUT', headers, body, duplex: 'half' as const };
    expect((await at.service.app.request('/metrics/job/ci/repo/mine/server/s', init)).status).toBe(200);
    expect(reads.count).toBe(1);
  });
});
