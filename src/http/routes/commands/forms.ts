import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import type { Mute } from '../../../domain/mute.ts';
import type { Target } from '../../../domain/target.ts';
import type { MuteOutcome } from '../../../store/mutes.ts';
import { linkTo, targetLink } from '../../../web/views/links.ts';
import type { Answering } from '../../answering.ts';
import { actorOf } from '../../auth/caller.ts';
import type { Bodies } from '../../bodies/bodies.ts';
import type { HttpDeps } from '../../deps.ts';
import { checkMuteForm, muteFormQuery, muteFormValues, shownText } from '../../forms/mute-form.ts';
import { type FormRefusal, noteFault } from '../../forms/refused.ts';
import { readForm } from '../../json-body.ts';
import { type PublicUrlOf, pathOf } from '../../public-url.ts';
import { idParam } from '../../schemas/mute.ts';
import { oneTargetQuery, parsePageQuery } from '../../schemas/page-query.ts';
import { acknowledged, nobodyWorksOn } from './acknowledgements.ts';
import { muteOf } from './mutes.ts';
import { notFoundTarget } from './targets.ts';

type Deps = Pick<HttpDeps, 'store' | 'clock'> & {
  readonly bodies: Bodies;
  readonly answering: Answering;
  readonly publicUrlOf: PublicUrlOf;
};

/**
 * The targets of the forms on pages, so that every page works without a script. The answer is a redirect to a page that
 * shows what was done. Or it is the form again, with what was typed and what is wrong beside the fields.
 */
export function formRoutes({ store, clock, bodies, answering, publicUrlOf }: Deps) {
  const app = new OpenAPIHono();
  const goTo = (c: Context, path: string) => c.redirect(`${pathOf(publicUrlOf(c))}${path}`, 303);

  /** `write` is called only if nothing is wrong with the form. */
  async function muteForm(c: Context, { page, before, write }: MuteForm): Promise<Response> {
    const sent = await readForm(c, bodies);
    const values = muteFormValues(sent);
    const again = (params: Readonly<Record<string, string>>) =>
      answering.respond(c, `${page}?${muteFormQuery(values)}&${new URLSearchParams(params)}`);
    const checked = checkMuteForm(values, { now: clock(), before });
    if (checked.terms === undefined) return again({ sent: '1' });
    const shown = sent.get('shown');
    // A script that does not send a page's form has seen the preview, or wants none.
    if (shown !== null && shown !== shownText(checked)) return again({ sent: 'first' });
    const actor = namedActor(c, values.by);
    if (actor === undefined) return again({ sent: '1', refused: 'by' satisfies FormRefusal });
    const outcome = await write(checked.terms, actor);
    if (outcome.kind === 'refused') return again({ sent: '1', refused: outcome.reason });
    return goTo(c, `/mutes/${outcome.mute.id}`);
  }

  app.post('/mutes', (c) =>
    muteForm(c, { page: '/mutes/new', write: (terms, actor) => store.addMute(terms, { actor }) }),
  );
  app.post('/mutes/:id', async (c) => {
    const id = idOf(c);
    const before = await store.muteById(id);
    if (before === undefined) throw new DomainError('not_found', `There is no mute ${id}.`);
    const write: MuteForm['write'] = (terms, actor) => store.changeMute(id, terms, { actor });
    return muteForm(c, { page: `/mutes/${id}/change`, before, write });
  });
  app.post('/mutes/:id/end', async (c) => {
    const id = idOf(c);
    const sent = await readForm(c, bodies);
    muteOf(await store.endMute(id, { actor: actorOf(c, sent.get('by') ?? undefined) }), id);
    return goTo(c, `/mutes/${id}`);
  });
  app.post('/target/acknowledge', async (c) => {
    const sent = await readForm(c, bodies);
    const target = targetIn(c);
    const [note, by] = [sent.get('note')?.trim() ?? '', sent.get('by') ?? ''];
    const again = (params: Readonly<Record<string, string>>) =>
      answering.respond(c, linkTo('/target/acknowledge', { ...target, note, by, sent: '1', ...params }));
    if (noteFault(note) !== undefined) return again({});
    const actor = namedActor(c, by);
    if (actor === undefined) return again({ refused: 'by' satisfies FormRefusal });
    const id = Number(sent.get('incident'));
    acknowledged(await store.acknowledge(id, note || undefined, { actor }), id);
    return goTo(c, targetLink(target));
  });
  app.post('/target/acknowledgement-end', async (c) => {
    const sent = await readForm(c, bodies);
    const id = Number(sent.get('incident'));
    const actor = actorOf(c, sent.get('by') ?? undefined);
    if (!(await store.endAcknowledgement(id, { actor }))) throw nobodyWorksOn(id);
    return goTo(c, targetLink(targetIn(c)));
  });
  app.post('/target/retire', async (c) => {
    const sent = await readForm(c, bodies);
    const target = targetIn(c);
    const actor = actorOf(c, sent.get('by') ?? undefined);
    if (!(await store.deleteTarget(target, { purge: false, actor }))) throw notFoundTarget(target);
    return goTo(c, '/');
  });
  return app;
}

type Terms = NonNullable<ReturnType<typeof checkMuteForm>['terms']>;
type NamedActor = ReturnType<typeof actorOf>;

interface MuteForm {
  /** The place of the form. */
  readonly page: string;
  readonly before?: Mute | undefined;
  readonly write: (terms: Terms, actor: NamedActor) => Promise<MuteOutcome>;
}

/** Undefined if nothing identifies the person, or what was typed can be no name. */
function namedActor(c: Context, by: string): NamedActor | undefined {
  try {
    const actor = actorOf(c, by);
    return actor.name === undefined ? undefined : actor;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return undefined;
    throw error;
  }
}

function idOf(c: Context): number {
  const parsed = idParam.safeParse({ id: c.req.param('id') });
  if (!parsed.success) throw new DomainError('not_found', `There is no mute ${c.req.param('id')}.`);
  return parsed.data.id;
}

function targetIn(c: Context): Target {
  const { repo, server } = parsePageQuery(c, oneTargetQuery);
  return { repo, server };
}
