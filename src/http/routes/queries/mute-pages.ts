import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import type { Mute } from '../../../domain/mute.ts';
import { fleetAt } from '../../../domain/questions/mute-matches.ts';
import { choicesOf, previewOf, valuesOf } from '../../../web/models/mute-form.ts';
import { linesOf, mutesView } from '../../../web/models/mutes.ts';
import type { Faults } from '../../../web/views/fields.tsx';
import { type MuteFormView, muteFormPage } from '../../../web/views/mute-form-page.tsx';
import { mutePage, mutesPage } from '../../../web/views/mutes-page.tsx';
import type { QueryDeps } from '../../deps.ts';
import { checkMuteForm, muteFormValues, shownText } from '../../forms/mute-form.ts';
import { refusedFaults, sentFormQuery } from '../../forms/refused.ts';
import { frames, pageErrors } from '../../page-errors.ts';
import { idParam } from '../../schemas/mute.ts';
import { mutesPageQuery, parsePageQuery } from '../../schemas/page-query.ts';
import { askedAt, noStore, sendPage } from '../../send-page.ts';

const MATCHER_FIELDS = ['repo', 'server', 'label', 'file', 'cause', 'state', 'form'];

/** The pages of mutes. Their forms are sent to `routes/commands/forms.ts`. */
export function mutePageRoutes(deps: Pick<QueryDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const frameAt = frames(version);

  async function form(c: Context, before: Mute | undefined) {
    const now = clock();
    const view = await formView(c, { before, now });
    const isRefused = sentFormQuery(c).isSent && Object.keys(view.faults).length > 0;
    return sendPage(c, muteFormPage(view, frameAt(now, c)), isRefused ? 422 : 200);
  }

  async function formView(
    c: Context,
    { before, now }: { before: Mute | undefined; now: number },
  ): Promise<MuteFormView> {
    const { params, isSent, isPreview } = sentFormQuery(c);
    const isFilled = isSent || isPreview || before === undefined;
    const values = isFilled ? muteFormValues(params) : valuesOf(before, now);
    const checked = checkMuteForm(values, { now, before });
    const fleet = await fleetAt(store, now, { withFiles: true });
    const { matchers, untilInSync } = checked;
    const about = params.get('for') || values.server;
    return {
      id: before?.id,
      values,
      faults: shownFaults({ ...checked.faults, ...refusedFaults(params) }, { isSent, isPreview }),
      about,
      choices: before === undefined ? choicesOf({ repo: values.repo, server: about }, fleet) : [],
      matches: matchers && previewOf({ matchers, untilInSync }, fleet, now),
      shown: shownText(checked),
      isFirstShown: params.get('sent') === 'first',
    };
  }

  async function muteIn(c: Context): Promise<Mute> {
    const parsed = idParam.safeParse({ id: c.req.param('id') });
    const mute = parsed.success ? await store.muteById(parsed.data.id) : undefined;
    if (mute === undefined) throw new DomainError('not_found', `There is no mute ${c.req.param('id')}.`);
    return mute;
  }

  const app = new OpenAPIHono();
  app.use('/mutes/*', noStore);
  app.get('/mutes', async (c) => {
    const now = clock();
    const view = await mutesView(store, parsePageQuery(c, mutesPageQuery), now);
    return sendPage(c, mutesPage(view, frameAt(now, c)));
  });
  app.get('/mutes/new', (c) => form(c, undefined));
  app.get('/mutes/:id', async (c) => {
    const now = clock();
    const [line] = await linesOf(store, [await muteIn(c)], now);
    if (line === undefined) throw new Error('A mute that was found must be shown.');
    return sendPage(c, mutePage(line, frameAt(now, c)));
  });
  app.get('/mutes/:id/change', async (c) => form(c, await muteIn(c)));
  app.onError(pageErrors({ ...deps, publicUrlOf: askedAt }));
  return app;
}

/** Before the form is sent, only typed values can be wrong, and only once somebody asks what it matches. */
function shownFaults(faults: Faults, { isSent, isPreview }: { isSent: boolean; isPreview: boolean }): Faults {
  if (isSent) return faults;
  if (!isPreview) return {};
  return Object.fromEntries(Object.entries(faults).filter(([name]) => MATCHER_FIELDS.includes(name)));
}
