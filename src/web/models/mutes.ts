import { type Mute, type MuteState, muteState } from '../../domain/mute.ts';
import { fleetAt, matchesOf } from '../../domain/questions/mute-matches.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import type { MuteLine, MutesView } from '../views/mutes-page.tsx';
import { pageOf } from './paginate.ts';

const PAGE_SIZE = 50;
const ORDER: readonly MuteState[] = ['active', 'scheduled', 'ended'];

type Reader = Pick<HistoryReader, 'summaries' | 'incidents'> & {
  everyMute(): Promise<readonly Mute[]>;
};

export async function mutesView(reader: Reader, { page }: { page: number }, now: number): Promise<MutesView> {
  const all = await reader.everyMute();
  const place = (mute: Mute) => ORDER.indexOf(muteState(mute, now));
  const sorted = all.toSorted((a, b) => place(a) - place(b) || b.id - a.id);
  const shown = pageOf(sorted, { page, size: PAGE_SIZE });
  return {
    lines: await linesOf(reader, shown.items, now),
    active: all.filter((mute) => muteState(mute, now) === 'active').length,
    all: all.length,
    page: shown.page,
    pages: shown.pages,
  };
}

/** The matches of all mutes are read together. */
export async function linesOf(
  reader: Pick<HistoryReader, 'summaries' | 'incidents'>,
  mutes: readonly Mute[],
  now: number,
): Promise<MuteLine[]> {
  const withFiles = mutes.some(
    (mute) => mute.matchers.file !== undefined && muteState(mute, now) !== 'ended',
  );
  const fleet = await fleetAt(reader, now, { withFiles });
  return mutes.map((mute) => {
    const state = muteState(mute, now);
    return { mute, state, matches: state === 'ended' ? undefined : matchesOf(mute, fleet, now) };
  });
}
