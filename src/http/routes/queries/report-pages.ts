import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { commitView } from '../../../web/models/commit.ts';
import { commitsView } from '../../../web/models/commits.ts';
import { complianceView } from '../../../web/models/compliance.ts';
import { commitPage } from '../../../web/views/commit-page.tsx';
import { commitsPage } from '../../../web/views/commits-page.tsx';
import { compliancePage } from '../../../web/views/compliance-page.tsx';
import { compliancePicture } from '../../../web/views/compliance-picture.tsx';
import type { QueryDeps } from '../../deps.ts';
import { landingsNamed } from '../../landings-named.ts';
import { frames, pageErrors } from '../../page-errors.ts';
import { invalidRequest } from '../../problem.ts';
import { commitText } from '../../schemas/commit-query.ts';
import { monthsAsked } from '../../schemas/monthly.ts';
import {
  commitPageQuery,
  commitsPageQuery,
  compliancePageQuery,
  parsePageQuery,
} from '../../schemas/page-query.ts';
import { selectionOf } from '../../schemas/query.ts';
import { askedAt, noStore, sendPage } from '../../send-page.ts';

const PATHS = ['/commits', '/commit/*', '/compliance', '/compliance.svg'];

/** The pages of commits and of compliance. */
export function reportPageRoutes(deps: Pick<QueryDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const frameAt = frames(version);

  function compliance(c: Context, now: number) {
    const asked = parsePageQuery(c, compliancePageQuery);
    // A month that has not begun is refused in the words of the API.
    monthsAsked(asked.query, {}, now);
    return complianceView(store, { ...asked, now });
  }

  const app = new OpenAPIHono();
  for (const path of PATHS) app.use(path, noStore);
  app.get('/commits', async (c) => {
    const now = clock();
    const view = await commitsView(store, parsePageQuery(c, commitsPageQuery), now);
    return sendPage(c, commitsPage(view, frameAt(now, c)));
  });
  // A name may have slashes, and some proxies decode them.
  app.get('/commit/:sha{.+}', async (c) => {
    const now = clock();
    const named = commitText.safeParse(c.req.param('sha'));
    if (!named.success) throw invalidRequest(named.error, 'query');
    const { page, ...query } = parsePageQuery(c, commitPageQuery);
    const landings = await landingsNamed(store, named.data, { selection: selectionOf(query), now });
    const view = await commitView(store, { landings, repo: query.repo, page, now });
    return sendPage(c, commitPage(view, frameAt(now, c)));
  });
  app.get('/compliance', async (c) => {
    const now = clock();
    return sendPage(c, compliancePage(await compliance(c, now), frameAt(now, c)));
  });
  app.get('/compliance.svg', async (c) => {
    const picture = compliancePicture(await compliance(c, clock()));
    return c.body(picture, 200, { 'Content-Type': 'image/svg+xml; charset=utf-8' });
  });
  app.onError(pageErrors({ ...deps, publicUrlOf: askedAt }));
  return app;
}
