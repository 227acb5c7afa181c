import type { Message, Problem } from '../domain/notify/message.ts';
import type { Channel } from './channel.ts';

/** Sends one message that says that it is a test, in the same way as any other. Throws a `DeliveryError`. */
export async function sendTestMessage(
  channel: Channel,
  { id, now, signal }: { id: string; now: number; signal: AbortSignal },
): Promise<void> {
  const problem = testProblem(now);
  if (channel.kind === 'alerts') return channel.tell({ firing: [problem], resolved: [] }, signal);
  const message: Message = {
    id,
    thread: id,
    phase: 'opened',
    condition: problem.condition,
    repo: problem.target.repo,
    about: 'group',
    at: now,
    problems: [problem],
    stillOpen: 1,
  };
  await channel.send(message, signal);
}

/** No target has this name by accident, and readers see that nothing is wrong. */
function testProblem(now: number): Problem {
  return {
    target: { repo: 'this-is-a-test', server: 'nothing-is-wrong' },
    condition: 'drift',
    labels: { test: 'true' },
    state: 'OUT_OF_SYNC',
    incident: undefined,
    since: now,
    resolution: undefined,
    files: ['/etc/an-example.conf'],
    driftCount: 1,
    commit: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
    next: 'nobody: this message is a test of the channel',
    acknowledgedBy: undefined,
  };
}
