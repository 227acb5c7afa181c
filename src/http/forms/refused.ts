import type { Context } from 'hono';
import type { MuteRefusal } from '../../domain/mute-plan.ts';
import { MAX_MUTES } from '../../domain/mute-terms.ts';
import type { Faults } from '../../web/views/fields.tsx';
import { spokenText } from '../schemas/mute.ts';

// A refused form is shown again by its page, with what was typed. The reason in the query is one of a few words, so
// that nobody can make a page say something else by a link.

/** Why a form was refused, apart from mistakes in its fields. */
export type FormRefusal = MuteRefusal | 'by';

/** What a request asks of a form's page. */
export function sentFormQuery(c: Context) {
  const params = new URL(c.req.url).searchParams;
  return {
    params,
    /** Whether the form was sent and is shown again. */
    isSent: params.has('sent'),
    /** Whether the user asks what the form matches. */
    isPreview: params.has('shown'),
  };
}

const WORDS: Readonly<Record<FormRefusal, Faults>> = {
  by: { by: 'Say who you are, in 1 to 255 characters.' },
  in_sync: {
    until: 'Everything that it matches is in sync now, so it would end at once. Choose another end.',
  },
  too_many: { form: `There are ${MAX_MUTES} mutes that are not over. End some first.` },
  ended: { form: 'The mute is over. Make a new one.' },
  not_found: { form: 'The mute no longer exists.' },
};

/** Why the form was refused, as the query says. */
export function refusedFaults(params: URLSearchParams): Faults {
  const refused = params.get('refused') ?? '';
  return Object.entries(WORDS).find(([word]) => word === refused)?.[1] ?? {};
}

/** The same for a form that has at most a note. */
export function refusedNow(c: Context, { note = '' }: { note?: string }): Faults {
  const { params, isSent } = sentFormQuery(c);
  if (!isSent) return {};
  const fault = noteFault(note);
  return { ...(fault === undefined ? {} : { note: fault }), ...refusedFaults(params) };
}

export function noteFault(note: string): string | undefined {
  return spokenText.safeParse(note).error?.issues[0]?.message;
}
