import type { Child } from './child.ts';
import { sendAll } from './load.ts';
import { type Posts, postsOf } from './posts.ts';
import { type Program, startServer } from './servers.ts';

/** A server to which all targets have reported, each equally often. */
export interface Fleet {
  readonly child: Child;
  readonly posts: Posts;
}

export async function startFleet(
  path: string,
  { targets, depth, program }: { targets: number; depth: number; program?: Program },
): Promise<Fleet> {
  const child = await startServer(path, program && { program });
  const posts = postsOf(targets, child.port);
  await sendAll(child, posts.arrays(depth));
  return { child, posts };
}
