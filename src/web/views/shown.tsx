import { shownName, shownText } from '../../domain/shown.ts';

/** A name that others chose: it never changes how the text around it is read. */
export function Name({ of }: { of: string }) {
  return <bdi>{shownName(of)}</bdi>;
}

/** What a program said, in its own direction. `most`: at most so many characters of it. */
export function Said({ text, most }: { text: string; most?: number }) {
  return <bdi>{shownText(text).slice(0, most)}</bdi>;
}
