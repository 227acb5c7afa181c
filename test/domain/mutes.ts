import { NO_FILES } from '../../src/domain/file-list.ts';
import type { Mute, MuteSubject } from '../../src/domain/mute.ts';
import { DAY, NOON } from '../fixtures.ts';

export const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };

/** A mute with only what a test states: of everything, for a day from noon. */
export function aMute(traits: Partial<Mute> = {}): Mute {
  return {
    id: 1,
    matchers: { repo: ['*'] },
    reason: 'maintenance',
    startsAt: NOON,
    endsAt: NOON + DAY,
    untilInSync: false,
    createdAt: NOON,
    by: { name: 'alice', verified: true },
    endedAt: undefined,
    endedBy: undefined,
    members: new Map(),
    ...traits,
  };
}

/** A drift of a target, in these files. */
export function aSubject(
  traits: Partial<MuteSubject> & { readonly files?: readonly string[] } = {},
): MuteSubject {
  const { files = [], ...rest } = traits;
  return {
    target: LAB,
    labels: {},
    lastSyncedAt: undefined,
    condition: 'drift',
    incident: { cause: undefined, files: { ...NO_FILES, names: files }, unnamed: false },
    ...rest,
  };
}
