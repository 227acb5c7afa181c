import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { macro } from './macro.ts';

/**
 * The places of a repo's and a server's name in the data. `percentencode`: a name may have `+` or `@`, and the default
 * format of links leaves them unchanged.
 */
type Place = '__data.fields' | '__field.labels';

/** The dashboard of one target, with the same datasource and time. */
export function targetUrl(place: Place): string {
  return `/d/gitops-target?${kept()}&var-repo=${name(place, 'repo')}&var-server=${name(place, 'server')}`;
}

/** The fleet, narrowed to one repo; the labels stay as picked. */
export function repoUrl(place: Place): string {
  return `/d/gitops-drift?${kept()}&${macro('label:queryparam')}&var-repo=${name(place, 'repo')}`;
}

/** A link for every series or bar of a panel. */
export function dataLink(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

function kept(): string {
  return `${macro('datasource:queryparam')}&${macro('__url_time_range')}`;
}

function name(place: Place, key: 'repo' | 'server'): string {
  return macro(`${place}.${key}:percentencode`);
}
