import type { LoggedEvent } from '../event.ts';
import { labelMatcher } from './label-filter.ts';
import { nameMatcher } from './name-matcher.ts';
import type { TargetFilter } from './reader.ts';

/** What a filter looks at. */
export type OfEvent = Pick<LoggedEvent, 'repo' | 'server' | 'labels'>;

/**
 * Whether a filter selects an event: by its own labels, which are those that its target had then, so that no target has to
 * be looked up. An event without a target is only selected by a filter that asks for nothing.
 */
export function eventMatcher({ repos, servers, labels = [] }: TargetFilter): (event: OfEvent) => boolean {
  const [isRepo, isServer, isLabelled] = [nameMatcher(repos), nameMatcher(servers), labelMatcher(labels)];
  return ({ repo, server, labels: own }) => isRepo(repo) && isServer(server) && isLabelled(own);
}
