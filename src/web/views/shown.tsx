import { shownName, shownText } from '../../domain/shown.ts';

/** A name that others chose: it cannot change how the text around it reads. */
export function Name({ of }: { of: string }) {
  return <bdi>{shownName(of)}</bdi>;
}

/** The message of a program, in its own writing direction. `most` limits its characters. */
export function Said({ text, most }: { text: string; most?: number }) {
  return <bdi>{shownText(text).slice(0, most)}</bdi>;
}
