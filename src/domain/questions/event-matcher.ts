import type { LoggedEvent } from '../event.ts';
import { labelMatcher } from './label-filter.ts';
import { nameMatcher } from './name-matcher.ts';
import type { TargetFilter } from './reader.ts';

/** What a filter looks at. */
export type OfEvent = Pick<LoggedEvent, 'repo' | 'server' | 'labels'>;

/**
 * Whether a filter selects an event. An event has the labels that its target had then, so no target is looked up. An
 * event without a target is selected only by an empty filter.
 */
export function eventMatcher({ repos, servers, labels = [] }: TargetFilter): (event: OfEvent) => boolean {
  const [isRepo, isServer, isLabelled] = [nameMatcher(repos), nameMatcher(servers), labelMatcher(labels)];
  return ({ repo, server, labels: own }) => isRepo(repo) && isServer(server) && isLabelled(own);
}
