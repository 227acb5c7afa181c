// Listens to the events of the server while the page is visible.

/**
 * A hidden page does not listen: a browser has few connections for one server, and many tabs. The connection belongs to a
 * worker, as a page with an open one never finishes to load for a headless browser.
 * @param {{ onChange: () => void, onOpen: () => void, onLost: () => void }} on
 */
export function listen(on) {
  /** @type {Worker | undefined} */
  let worker;
  const close = () => {
    worker?.terminate();
    worker = undefined;
  };
  const follow = () => {
    if (document.hidden) return close();
    if (worker !== undefined || document.readyState !== 'complete') return;
    worker = new Worker(new URL(`./stream.js${question()}`, import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }) => {
      if (data === 'open') on.onOpen();
      else if (data === 'lost') on.onLost();
      else on.onChange();
    });
    worker.addEventListener('error', on.onLost);
  };
  document.addEventListener('visibilitychange', follow);
  addEventListener('load', follow);
  // A page that is left must not hold a connection, and needs one again when the reader comes back.
  addEventListener('pagehide', close);
  addEventListener('pageshow', follow);
  follow();
}

/**
 * Selects the events of the targets on the page. Labels are not used: the page has the present ones and an event those
 * of its time, so some events could be missed.
 */
function question() {
  if (location.pathname.endsWith('/file')) return '';
  const asked = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  for (const name of ['repo', 'server']) for (const value of asked.getAll(name)) query.append(name, value);
  return query.size === 0 ? '' : `?${query}`;
}
