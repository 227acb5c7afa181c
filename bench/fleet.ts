import type { Child } from './child.ts';
import { sendAll } from './load.ts';
import { type Posts, postsOf } from './posts.ts';
import { startServer } from './servers.ts';

/** A server to which all targets have reported, each as often. */
export async function startFleet(
  path: string,
  { targets, depth }: { targets: number; depth: number },
): Promise<{ child: Child; posts: Posts }> {
  const child = await startServer(path);
  const posts = postsOf(targets, child.port);
  await sendAll(child, posts.arrays(depth));
  return { child, posts };
}
