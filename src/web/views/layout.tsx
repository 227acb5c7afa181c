import type { PropsWithChildren } from 'hono/jsx';
import { Footer, Header, type Place } from './frame.tsx';
import { Sprite } from './state.tsx';

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
    readonly font: string;
    readonly favicon: string;
    /** Applies the chosen colours before anything is drawn. */
    readonly scheme: string;
    /** The modules of the script; the first one is the entry. */
    readonly modules: readonly string[];
    /** The modules of some pages, which they load in addition; the console of the API has only its own. */
    readonly styleOf: Readonly<Record<'fleet' | 'target' | 'report' | 'docs', string>>;
  };
}

interface PageProps {
  readonly frame: Frame;
  /** The title of the browser tab: the state in a few words. */
  readonly title: string;
  readonly here?: Place;
  /** The styles that only this page and its like have. */
  readonly style?: 'fleet' | 'target' | 'report';
  /** What was searched for. */
  readonly q?: string | undefined;
  /** Whether it updates itself. An error does not. */
  readonly isLive?: boolean;
  /** The API's answer with the same data. */
  readonly json?: string;
}

export function Page(props: PropsWithChildren<PageProps>) {
  const { frame, title, style, here, q, isLive = true, json, children } = props;
  const { assets } = frame;
  return (
    <html lang="en">
      <Head
        frame={frame}
        title={title}
        styles={style === undefined ? [assets.style] : [assets.style, assets.styleOf[style]]}
      />
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Sprite />
        <Header now={frame.now} here={here} q={q} isLive={isLive} />
        <main id="main" tabindex={-1}>
          {frame.notice === undefined ? null : (
            <p class="notice" role="alert">
              {frame.notice}
            </p>
          )}
          {children}
        </main>
        <Footer version={frame.version}>
          {json === undefined ? null : <a href={json}>This page as JSON</a>}
        </Footer>
      </body>
    </html>
  );
}

interface HeadProps extends Pick<PageProps, 'frame' | 'title'> {
  readonly styles: readonly string[];
}

/** Pages also work if scripts are not allowed. */
export function Head({ frame, title, styles }: HeadProps) {
  const { font, favicon, scheme, modules } = frame.assets;
  const [script, ...others] = modules;
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${title} · ${SERVICE}`}</title>
      <script src={scheme} />
      <link rel="preload" href={font} as="font" type="font/woff2" crossorigin="" />
      {styles.map((href) => (
        <link rel="stylesheet" href={href} />
      ))}
      <link rel="icon" type="image/svg+xml" href={favicon} />
      {others.map((href) => (
        <link rel="modulepreload" href={href} />
      ))}
      <script type="module" src={script} />
    </head>
  );
}
