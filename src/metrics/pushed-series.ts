import type { NewestPush } from '../domain/questions/reader.ts';
import type { Labels } from '../domain/target.ts';
import { PUSH_TIME } from './families.ts';
import { labelList } from './labels.ts';

/** More labels would make every scrape large: then only the labels of the group are shown. */
const MAX_LENGTH = 4096;
/** Prometheus reserves names with two underscores. */
const NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The labels of a push beside repo and server. As with Pushgateway there is always an instance, possibly an empty one:
 * without it, Prometheus would add the instance of this server.
 */
export function pushedLabels({ labels, group = {} }: NewestPush): string {
  const list = shown(labels);
  return list.length <= MAX_LENGTH ? list : shown(without(group, ['repo', 'server']));
}

/** When the newest push of each group arrived. Deleted pushes do not count. */
export function renderPushTimes(pushes: readonly NewestPush[]): string {
  const times = new Map<string, number>();
  for (const { group, receivedAt, isDeleted } of pushes) {
    if (group === undefined || isDeleted) continue;
    const labels = shown(group);
    times.set(labels, Math.max(times.get(labels) ?? 0, receivedAt));
  }
  return [...times].map(([labels, at]) => `${PUSH_TIME.name}{${labels.slice(1)}} ${at / 1000}\n`).join('');
}

function shown(labels: Labels): string {
  const valid = Object.entries({ instance: '', ...labels }).filter(([name]) => NAME.test(name));
  return labelList(Object.fromEntries(valid));
}

function without(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}
