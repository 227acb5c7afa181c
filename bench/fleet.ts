import type { Child } from './child.ts';
import { sendAll } from './load.ts';
import { type Posts, postsOf } from './posts.ts';
import { type Program, startServer } from './servers.ts';

/** A server to which all targets have reported, each the same number of times. */
export interface Fleet {
  readonly child: Child;
  readonly posts: Posts;
}

export async function startFleet(
  path: string,
  {
    targets,
    depth,
    ...how
  }: { targets: number; depth: number; program?: Program; env?: Readonly<Record<string, string>> },
): Promise<Fleet> {
  const child = await startServer(path, how);
  const posts = postsOf(targets, child.port);
  await sendAll(child, posts.arrays(depth));
  return { child, posts };
}
