import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { FAMILIES_HERE, recordingOf } from './push-families.ts';
import { pushedSeries } from './push-metrics.ts';
import { PushRelay } from './push-relay.ts';
import { PushgatewayProcess } from './pushgateway-process.ts';
import { missing } from './tools.ts';

/** Starting a process takes long on a busy machine, and longest for Java or Go. */
const LIMIT_MS = 120_000;
/** If set, the requests of each client are written to `recorded/`. */
const IS_RECORDING = process.env.GITOPS_TEST_RECORD === '1';

const GROUP = 'instance="ci-1",job="drift"';
const SHOWN = (value: number) => [
  `gitops_sync_status{${GROUP},repo="rsyslog",server="lab"} ${value}`,
  `push_time_seconds{${GROUP}}`,
];

describe.skipIf(missing('prometheus-pushgateway', 'python3-prometheus-client', 'curl'))(
  'beside a real Pushgateway, with the same requests',
  () => {
    let folder: string;
    let server: ServerProcess;
    let pushgateway: PushgatewayProcess;
    let relay: PushRelay;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'gitops-status-beside-'));
      server = await ServerProcess.start(join(folder, 'status.db'));
      pushgateway = await PushgatewayProcess.start(folder);
      relay = await PushRelay.start([server.url, pushgateway.url]);
    }, LIMIT_MS);
    afterEach(async () => {
      await relay.stop();
      await pushgateway.stop();
      await server.stop();
      rmSync(folder, { recursive: true });
    }, LIMIT_MS);

    /** The series of a Pushgateway that both show. */
    const shown = async () => {
      const [ours, theirs] = await Promise.all(
        [server, pushgateway].map(async ({ url }) =>
          pushedSeries(await (await fetch(`${url}/metrics`)).text()),
        ),
      );
      return { ours, theirs };
    };

    test.each(FAMILIES_HERE)(
      'the client for $name gets the same status, and has the same series',
      async ({ name, steps, command }) => {
        for (const step of steps) {
          expect(await run([...command, relay.url, step])).toEqual({ status: 0, says: '' });
          const expected = { push: SHOWN(1), add: SHOWN(0), delete: [] }[step];
          expect({ step, ...(await shown()) }).toEqual({ step, ours: expected, theirs: expected });
        }
        expect(relay.relayed).toHaveLength(steps.length);
        for (const { statuses } of relay.relayed) expect(statuses[0]).toBe(statuses[1]);
        if (IS_RECORDING) {
          const pushes = relay.relayed.map(({ push }) => push);
          writeFileSync(recordingOf(name), `${JSON.stringify(pushes, null, 2)}\n`);
        }
      },
      LIMIT_MS,
    );

    /** As in the README of Pushgateway, with the metric of this server. */
    const README: readonly (readonly [what: string, command: string])[] = [
      [
        'a sample',
        'echo "gitops_sync_status 1" | curl -sS --data-binary @- $URL/metrics/job/a/repo/r/server/s',
      ],
      [
        'several metrics',
        `cat <<EOF | curl -sS --data-binary @- $URL/metrics/job/some_job/instance/some_instance
# TYPE some_metric counter
some_metric{label="val1"} 42
# TYPE gitops_sync_status gauge
# HELP gitops_sync_status Just an example.
gitops_sync_status{repo="r",server="s"} 1
EOF`,
      ],
      [
        'a path in base64',
        'echo \'gitops_sync_status{repo="r",server="s"} 0\' | curl -sS --data-binary @- $URL/metrics/job/directory_cleaner/path@base64/L3Zhci90bXA',
      ],
      [
        'an empty value in base64',
        'echo \'gitops_sync_status{repo="r",server="s"} 0\' | curl -sS --data-binary @- $URL/metrics/job/example/first_label@base64/=/second_label/foobar',
      ],
      [
        'other letters',
        'echo \'gitops_sync_status{repo="r",server="s"} 0\' | curl -sS --data-binary @- $URL/metrics/job/titan/name/%CE%A0%CF%81%CE%BF%CE%BC%CE%B7%CE%B8%CE%B5%CF%8D%CF%82',
      ],
      [
        'PUT of a file',
        'echo \'gitops_sync_status{repo="r",server="s"} 1\' > $FOLDER/f; curl -sS -X PUT --data-binary @$FOLDER/f $URL/metrics/job/a',
      ],
      [
        'no format at all',
        'echo "this is no metric" | curl -sS -o /dev/null --data-binary @- $URL/metrics/job/a',
      ],
      [
        'no value',
        'echo \'gitops_sync_status{repo="r",server="s"}\' | curl -sS -o /dev/null --data-binary @- $URL/metrics/job/a',
      ],
      [
        'a timestamp',
        'echo \'gitops_sync_status{repo="r",server="s"} 1 1776772800000\' | curl -sS -o /dev/null --data-binary @- $URL/metrics/job/a',
      ],
      [
        'a series twice',
        'printf \'gitops_sync_status{repo="r",server="s"} 1\\ngitops_sync_status{repo="r",server="s"} 0\\n\' | curl -sS -o /dev/null --data-binary @- $URL/metrics/job/a',
      ],
      [
        'no job',
        'echo "gitops_sync_status 1" | curl -sS -o /dev/null --data-binary @- $URL/metrics/job@base64/=',
      ],
    ];

    test(
      'the forms of its README have the same answers and series, one after the other',
      async () => {
        for (const [what, command] of README) {
          expect({ what, ...(await run(['sh', '-c', command], { URL: relay.url, FOLDER: folder })) }).toEqual(
            {
              what,
              status: 0,
              says: '',
            },
          );
          const { ours, theirs } = await shown();
          expect({ what, ours }).toEqual({ what, ours: theirs });
          const path = relay.relayed.at(-1)?.push.path ?? '';
          expect((await fetch(`${relay.url}${path}`, { method: 'DELETE' })).status).toBeGreaterThan(0);
          await fetch(`${server.url}/api/v1/targets?repo=r&server=s&purge=true`, { method: 'DELETE' });
          expect({ what, ours: (await shown()).ours }).toEqual({ what, ours: [] });
        }
        for (const { push, statuses } of relay.relayed) {
          expect({ push: push.path, status: statuses[0] }).toEqual({ push: push.path, status: statuses[1] });
        }
      },
      LIMIT_MS,
    );

    test(
      'a group is deleted by exactly its path',
      async () => {
        const body = 'gitops_sync_status{repo="r",server="s"} 1\n';
        const group = `${relay.url}/metrics/job/some_job/instance/some_instance`;
        await fetch(group, { method: 'PUT', body });
        for (const path of ['/metrics/job/some_job', '/metrics/job/other/instance/some_instance']) {
          expect((await fetch(`${relay.url}${path}`, { method: 'DELETE' })).status).toBe(202);
          const { ours, theirs } = await shown();
          expect(ours).toHaveLength(2);
          expect(ours).toEqual(theirs);
        }
        expect((await fetch(group, { method: 'DELETE' })).status).toBe(202);
        expect(await shown()).toEqual({ ours: [], theirs: [] });
        await fetch(group, { method: 'POST', body });
        const { ours, theirs } = await shown();
        expect(ours).toHaveLength(2);
        expect(ours).toEqual(theirs);
        expect(relay.relayed.every(({ statuses: [first, second] }) => first === second)).toBe(true);
      },
      LIMIT_MS,
    );
  },
);

/** The output of a program. The relay runs in this process, so waiting must not block. */
async function run(command: readonly string[], env: Record<string, string> = {}) {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const says = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await once(child, 'close');
  return { status, says: (await says).join('') };
}
