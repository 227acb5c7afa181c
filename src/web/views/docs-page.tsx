import { Footer, Header } from './frame.tsx';
import { type Frame, Head } from './layout.tsx';
import { Sprite } from './state.tsx';

/** The console of the API in the frame of every page. Its styles and scripts come from its package. */
export function docsPage(frame: Frame) {
  return (
    <html lang="en">
      <Head frame={frame} title="API" styles={[frame.assets.styleOf.docs]} />
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Sprite />
        <Header now={frame.now} here="api" q={undefined} isLive={false} />
        {/* The console brings the main part of the page. */}
        <section id="main" class="main" tabindex={-1} aria-label="API">
          <p class="crumbs">
            <a href="/">Fleet</a> / API
          </p>
          <h1>The API, and a console to try it</h1>
          <div id="docs" />
        </section>
        <Footer version={frame.version}>
          <a href="/openapi.json">OpenAPI as JSON</a>
        </Footer>
        <link rel="stylesheet" href="/docs/swagger-ui.css" />
        <script defer src="/docs/swagger-ui-bundle.js" />
        <script defer src="/docs/start.js" />
      </body>
    </html>
  );
}
