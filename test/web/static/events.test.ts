import { afterEach, expect, test, vi } from 'vitest';
import { EVENT_KINDS } from '../../../src/domain/event.ts';

const { listen }: { listen: (on: Record<'onChange' | 'onOpen' | 'onLost', () => void>) => void } =
  await import(new URL('../../../src/web/static/script/events.js', import.meta.url).href);

afterEach(() => vi.unstubAllGlobals());

/** As much of a browser as it takes to listen. */
function stubBrowser(href: string): EventTarget[] {
  const sources: EventTarget[] = [];
  class Source extends EventTarget {
    constructor(readonly address: string) {
      super();
      sources.push(this);
    }
    close() {}
  }
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('EventSource', Source);
  return sources;
}

test('a page is refreshed by every kind of event that there is, and where events are missing', () => {
  const sources = stubBrowser('http://localhost/?repo=web&q=a');
  let refreshes = 0;
  listen({ onChange: () => void refreshes++, onOpen: () => undefined, onLost: () => undefined });
  for (const kind of [...EVENT_KINDS, 'reset']) {
    const before = refreshes;
    sources[0]?.dispatchEvent(new Event(kind));
    expect([kind, refreshes - before]).toEqual([kind, 1]);
  }
  // Beside the script, so that a base path is kept.
  const address = new URL('../../../src/web/api/v1/events?repo=web', import.meta.url).href;
  expect(sources.map((source) => String(Reflect.get(source, 'address')))).toEqual([address]);
});
