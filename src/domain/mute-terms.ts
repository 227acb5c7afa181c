import type { FieldError } from './errors.ts';
import type { MuteTerms } from './mute.ts';
import { type Matchers, matchesText } from './notify/matchers.ts';

const DAY_MS = 86_400_000;
/** The longest time that a mute lasts. For longer silence somebody must ask again. */
export const MAX_MUTE_MS = 90 * DAY_MS;
/** A mute must begin within this time from now. */
const MAX_MUTE_AHEAD_MS = 90 * DAY_MS;
/** The limit keeps answers fast: each mute is compared with each target of an answer. */
export const MAX_MUTES = 200;

/**
 * What is wrong with the terms of a mute. `pointer` is the key of the field, such as `/ends_at`. The length counts from
 * the start of the mute, or from now if a mute that has begun is changed.
 */
export function muteFaults({ matchers, startsAt, endsAt }: MuteTerms, now: number): FieldError[] {
  const faults: FieldError[] = [...matcherFaults(matchers)];
  if (startsAt > now + MAX_MUTE_AHEAD_MS)
    faults.push({ pointer: '/starts_at', detail: 'must be within 90 days from now' });
  if (endsAt <= now) faults.push({ pointer: '/ends_at', detail: 'must be after now' });
  else if (endsAt <= startsAt) faults.push({ pointer: '/ends_at', detail: 'must be after starts_at' });
  else if (endsAt > Math.max(startsAt, now) + MAX_MUTE_MS) {
    faults.push({
      pointer: '/ends_at',
      detail: 'must be within 90 days from its start. It can be prolonged later, by 90 days at a time',
    });
  }
  return faults;
}

/** What is wrong with the matchers of a mute. */
export function matcherFaults(matchers: Matchers): FieldError[] {
  if (!hasMatcher(matchers)) {
    return [
      {
        pointer: '',
        detail:
          'needs at least one of repo, server, labels, file, cause and state; {"repo": "*"} is everything',
      },
    ];
  }
  const { file, cause, state } = matchers;
  const isAboutFiles = file !== undefined || cause !== undefined;
  if (isAboutFiles && state !== undefined && !matchesText(state, 'OUT_OF_SYNC')) {
    const detail = 'must match OUT_OF_SYNC, or be left out: a mute with file or cause covers incidents only';
    return [{ pointer: '/state', detail }];
  }
  return [];
}

function hasMatcher({ labels = {}, ...others }: Matchers): boolean {
  return Object.keys(labels).length > 0 || Object.values(others).some((patterns) => patterns !== undefined);
}
