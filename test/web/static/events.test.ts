import { afterEach, expect, test, vi } from 'vitest';
import { EVENT_KINDS } from '../../../src/domain/event.ts';

const SCRIPT = new URL('../../../src/web/static/script/', import.meta.url);
type Calls = Record<'onChange' | 'onOpen' | 'onLost', () => void>;
const { listen }: { listen: (on: Calls) => void } = await import(new URL('events.js', SCRIPT).href);

afterEach(() => vi.unstubAllGlobals());

/** The parts of a browser that listening needs. */
function stubBrowser(href: string, readyState: string) {
  const workers: { address: string; tell(data: string): void }[] = [];
  const page = new EventTarget();
  class Worker extends EventTarget {
    constructor(readonly address: URL) {
      super();
      workers.push({
        address: address.href,
        tell: (data) => void this.dispatchEvent(Object.assign(new Event('message'), { data })),
      });
    }
    terminate() {}
  }
  const document = Object.assign(new EventTarget(), { hidden: false, readyState });
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('Worker', Worker);
  return { workers, page, document };
}

test('a page listens once it is loaded, to the events of its targets, and is told about the connection', () => {
  const { workers, page, document } = stubBrowser('http://localhost/?repo=web&q=a', 'loading');
  const told: string[] = [];
  listen({
    onChange: () => void told.push('change'),
    onOpen: () => void told.push('open'),
    onLost: () => void told.push('lost'),
  });
  expect(workers).toEqual([]);
  document.readyState = 'complete';
  page.dispatchEvent(new Event('load'));
  expect(workers.map(({ address }) => address)).toEqual([new URL('stream.js?repo=web', SCRIPT).href]);
  for (const data of ['open', 'change', 'lost']) workers[0]?.tell(data);
  expect(told).toEqual(['open', 'change', 'lost']);
});

test('its worker gets every kind of event, and the reset if events are missing', async () => {
  const sources: EventTarget[] = [];
  class Source extends EventTarget {
    constructor(readonly address: URL) {
      super();
      sources.push(this);
    }
  }
  const told: string[] = [];
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('location', new URL('http://localhost/assets/script.x/stream.js?repo=web'));
  vi.stubGlobal('postMessage', (word: string) => void told.push(word));
  await import(new URL('stream.js', SCRIPT).href);
  for (const kind of [...EVENT_KINDS, 'reset']) sources[0]?.dispatchEvent(new Event(kind));
  expect(told).toEqual([...EVENT_KINDS, 'reset'].map(() => 'change'));
  // Beside the script, so that a base path is kept.
  const address = new URL('../../api/v1/events?repo=web', SCRIPT).href;
  expect(sources.map((source) => String(Reflect.get(source, 'address')))).toEqual([address]);
});
