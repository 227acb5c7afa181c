// Listens to the events of the server while the page is visible.

const RETRY_MS = 10_000;
/** Any event leads to a refresh of the page; its content is not used. */
const EVENTS = [
  'reset',
  'target_added',
  'target_deleted',
  'state_changed',
  'commit_changed',
  'incident_opened',
  'incident_changed',
  'incident_resolved',
  'action',
];

/**
 * A hidden page does not listen: a browser has few connections for one server, and many tabs.
 * @param {{ onChange: () => void, onOpen: () => void, onLost: () => void }} on
 */
export function listen(on) {
  /** @type {EventSource | undefined} */
  let source;
  const connect = () => {
    if (source !== undefined || document.hidden) return;
    const own = new EventSource(address());
    source = own;
    own.addEventListener('open', on.onOpen);
    for (const name of EVENTS) own.addEventListener(name, on.onChange);
    own.addEventListener('error', () => {
      on.onLost();
      // In the other states the browser reconnects by itself.
      if (own.readyState !== EventSource.CLOSED) return;
      if (source === own) source = undefined;
      setTimeout(connect, RETRY_MS);
    });
  };
  const follow = () => {
    if (!document.hidden) return connect();
    source?.close();
    source = undefined;
  };
  document.addEventListener('visibilitychange', follow);
  // A page that is left must not hold a connection, and needs one again when the reader comes back.
  addEventListener('pagehide', () => {
    source?.close();
    source = undefined;
  });
  addEventListener('pageshow', follow);
  connect();
}

/**
 * The events of the targets on the page. Not by label: the page goes by the labels of now, an event by those of then, so
 * that one about a target that has just left or come could be missed.
 */
function address() {
  const asked = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  if (!location.pathname.endsWith('/file')) {
    for (const name of ['repo', 'server']) for (const value of asked.getAll(name)) query.append(name, value);
  }
  // The server may be below a path, as this script is.
  return new URL(`../../api/v1/events?${query}`, import.meta.url);
}
