import { OpenAPIHono } from '@hono/zod-openapi';
import { DomainError } from '../../../domain/errors.ts';
import type { Target } from '../../../domain/target.ts';
import type { Faults } from '../../../web/views/fields.tsx';
import { acknowledgePage, retirePage } from '../../../web/views/target-forms.tsx';
import type { QueryDeps } from '../../deps.ts';
import { refusedNow } from '../../forms/refused.ts';
import { frames, pageErrors } from '../../page-errors.ts';
import { oneTargetQuery, parsePageQuery } from '../../schemas/page-query.ts';
import { askedAt, noStore, sendPage } from '../../send-page.ts';

/** The pages that people act from on one target. Their forms are sent to `routes/commands/forms.ts`. */
export function targetFormPageRoutes(deps: Pick<QueryDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const frameAt = frames(version);

  async function statusOf({ repo, server }: Target) {
    const [status] = await store.summaries({ repos: [repo], servers: [server] });
    if (status !== undefined) return status;
    throw new DomainError('not_found', `There is no target with repo=${repo} and server=${server}.`);
  }

  const app = new OpenAPIHono();
  app.use('/target/*', noStore);
  app.get('/target/acknowledge', async (c) => {
    const now = clock();
    const { note, by, ...target } = parsePageQuery(c, oneTargetQuery);
    const { incident } = await statusOf(target);
    if (incident === undefined)
      throw new DomainError('conflict', `${target.repo} on ${target.server} has no open incident.`);
    const faults = refusedNow(c, { note });
    const view = { target, incident, values: { note, by }, faults };
    return sendPage(c, acknowledgePage(view, frameAt(now, c)), statusFor(faults));
  });
  app.get('/target/retire', async (c) => {
    const now = clock();
    const { by, note: _, ...target } = parsePageQuery(c, oneTargetQuery);
    await statusOf(target);
    const faults = refusedNow(c, {});
    return sendPage(c, retirePage({ target, values: { by }, faults }, frameAt(now, c)), statusFor(faults));
  });
  app.onError(pageErrors({ ...deps, publicUrlOf: askedAt }));
  return app;
}

function statusFor(faults: Faults): 200 | 422 {
  return Object.keys(faults).length > 0 ? 422 : 200;
}
