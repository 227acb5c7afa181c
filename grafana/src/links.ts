import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { macro } from './macro.ts';

/**
 * Where the names of a repo and a server are in the data. `percentencode`: a name may hold `+` or `@`, which the format
 * that links have by default leaves as they are.
 */
type Place = '__data.fields' | '__field.labels';

/** The board of one target, by the same datasource, over the same time. */
export function targetUrl(place: Place): string {
  return `/d/gitops-target?${kept()}&var-repo=${name(place, 'repo')}&var-server=${name(place, 'server')}`;
}

/** The fleet, narrowed to one repo; the labels stay as they are picked. */
export function repoUrl(place: Place): string {
  return `/d/gitops-drift?${kept()}&${macro('label:queryparam')}&var-repo=${name(place, 'repo')}`;
}

/** A link of every series or bar of a panel. */
export function dataLink(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

function kept(): string {
  return `${macro('datasource:queryparam')}&${macro('__url_time_range')}`;
}

function name(place: Place, key: 'repo' | 'server'): string {
  return macro(`${place}.${key}:percentencode`);
}
