import { type Mute, type MuteMember, muteState } from '../../domain/mute.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { type Fleet, type MuteMatches, matchesOf, membersOf } from '../../domain/questions/mute-matches.ts';
import { targetKey } from '../../domain/target.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FRIDAY = 5;

/** The fields of the form of a mute, as they are typed. */
export interface MuteFormValues {
  /** Patterns with commas between them. */
  readonly repo: string;
  readonly server: string;
  /** `key:value`, one on each line. */
  readonly label: string;
  /** Patterns, one on each line. */
  readonly file: string;
  readonly cause: string;
  readonly state: string;
  readonly until: string;
  /** Another end, and a later start, in the form that browsers write. */
  readonly ends_at: string;
  readonly starts_at: string;
  readonly reason: string;
  readonly by: string;
}

export const UNTIL = ['1h', 'tomorrow', 'friday', 'in_sync', 'at'] as const;
type Until = (typeof UNTIL)[number];

/** The instant of each choice of an end; undefined for another time, or none. Days are those of UTC. */
export function endOf(until: Until, now: number): number | undefined {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  switch (until) {
    case '1h':
      return now + HOUR_MS;
    case 'tomorrow':
      return today + DAY_MS + 9 * HOUR_MS;
    case 'friday': {
      const days = (FRIDAY - new Date(today).getUTCDay() + 7) % 7;
      const at = today + days * DAY_MS + 18 * HOUR_MS;
      return at > now ? at : at + 7 * DAY_MS;
    }
    case 'in_sync':
    case 'at':
      return undefined;
  }
}

/** The form of an existing mute. */
export function valuesOf(mute: Mute, now: number): MuteFormValues {
  const { repo = [], server = [], labels = {}, file = [], cause = [], state = [] } = mute.matchers;
  const isToCome = muteState(mute, now) === 'scheduled';
  return {
    repo: repo.join(', '),
    server: server.join(', '),
    label: Object.entries(labels)
      .flatMap(([key, values]) => values.map((value) => `${key}:${value}`))
      .join('\n'),
    file: file.join('\n'),
    cause: cause.map((one) => one.replace(/^(!?)$/, '$1unknown')).join(' '),
    state: state.join(' '),
    until: mute.untilInSync ? 'in_sync' : 'at',
    ends_at: toInput(mute.endsAt),
    starts_at: isToCome ? toInput(mute.startsAt) : '',
    reason: mute.reason,
    by: '',
  };
}

/** In the form of a field for an instant, in UTC. */
function toInput(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

/** What the matchers of the form would match now, if they can be. */
export function previewOf(
  { matchers, untilInSync }: { matchers: Matchers; untilInSync: boolean },
  fleet: Fleet,
  now: number,
): MuteMatches {
  const members = new Map<string, MuteMember>();
  if (untilInSync) {
    for (const { target, ...member } of membersOf({ matchers }, fleet, now))
      members.set(targetKey(target), member);
  }
  return matchesOf({ matchers, untilInSync, members }, fleet, now);
}

/** What a user probably wants to mute: the files of an incident, its target, or its repo. */
export interface MuteChoice {
  readonly words: string;
  readonly values: Partial<MuteFormValues>;
}

/** `server` is that of the target that the form began with; none if it did not begin with one. */
export function choicesOf(
  { repo, server }: Pick<MuteFormValues, 'repo' | 'server'>,
  { statuses, incidents }: Fleet,
): MuteChoice[] {
  const status = statuses.find(({ target }) => target.repo === repo && target.server === server);
  const ofRepo = statuses.filter(({ target }) => target.repo === repo).length;
  if (status === undefined) return [];
  const incident = status.incident && incidents.get(status.incident.id);
  const names = incident?.files.names ?? [];
  const areKnown = incident !== undefined && names.length > 0 && !incident.files.isCut && !incident.unnamed;
  const rest = { label: '', cause: '', state: '' };
  return [
    ...(areKnown
      ? [
          {
            words: names.length === 1 ? 'This file' : `These ${names.length} files`,
            values: { ...rest, repo, server, file: names.join('\n') },
          },
        ]
      : []),
    { words: 'The whole target', values: { ...rest, repo, server, file: '' } },
    {
      words: `All of ${repo} (${ofRepo} ${ofRepo === 1 ? 'target' : 'targets'})`,
      values: { ...rest, repo, server: '', file: '' },
    },
  ];
}
