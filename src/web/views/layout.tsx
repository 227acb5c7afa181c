import type { PropsWithChildren } from 'hono/jsx';
import { Sprite } from './state.tsx';
import { Instant } from './time.tsx';

const SERVICE = 'gitops-status-server';

/** The data for the frame of every page. */
export interface Frame {
  /** The instant that the page shows. */
  readonly now: number;
  readonly version: string;
  /** What is wrong with the database. */
  readonly notice: string | undefined;
  readonly assets: {
    readonly style: string;
    readonly favicon: string;
    /** The modules of the script; the first one is the entry. */
    readonly modules: readonly string[];
    readonly chart: { readonly script: string; readonly style: string };
  };
}

interface PageProps {
  readonly frame: Frame;
  /** The title of the browser tab: the state in a few words. */
  readonly title: string;
  readonly here?: 'fleet' | 'incidents' | 'mutes';
  readonly withChart?: boolean;
}

export function Page({ frame, title, here, withChart = false, children }: PropsWithChildren<PageProps>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${SERVICE}`}</title>
        <link rel="stylesheet" href={frame.assets.style} />
        <link rel="icon" type="image/svg+xml" href={frame.assets.favicon} />
        <Script assets={frame.assets} withChart={withChart} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Sprite />
        <header class="top">
          <a class="brand" href="/">
            GitOps status
          </a>
          <nav aria-label="Pages">
            <NavLink href="/" current={here === 'fleet'}>
              Fleet
            </NavLink>
            <NavLink href="/incidents" current={here === 'incidents'}>
              Incidents
            </NavLink>
            <NavLink href="/mutes" current={here === 'mutes'}>
              Mutes
            </NavLink>
            <NavLink href="/docs" current={false}>
              API
            </NavLink>
          </nav>
          <p class="as-of">
            As of <Instant at={frame.now} />
          </p>
        </header>
        <main id="main" tabindex={-1}>
          {frame.notice === undefined ? null : (
            <p class="notice" role="alert">
              {frame.notice}
            </p>
          )}
          {children}
        </main>
        <footer class="bottom">
          {SERVICE} {frame.version}
        </footer>
      </body>
    </html>
  );
}

/** The script of a page. Pages also work where scripts are not allowed. */
function Script({ assets: { modules, chart }, withChart }: Pick<Frame, 'assets'> & { withChart: boolean }) {
  const [script, ...others] = modules;
  return (
    <>
      {others.map((href) => (
        <link rel="modulepreload" href={href} />
      ))}
      {withChart ? <link rel="stylesheet" href={chart.style} /> : null}
      {withChart ? <script defer src={chart.script} /> : null}
      <script type="module" src={script} />
    </>
  );
}

function NavLink({ href, current, children }: PropsWithChildren<{ href: string; current: boolean }>) {
  return (
    <a href={href} {...(current ? { 'aria-current': 'page' } : {})}>
      {children}
    </a>
  );
}
