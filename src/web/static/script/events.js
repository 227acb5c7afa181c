// The events of the server, for as long as somebody looks.

const RETRY_MS = 10_000;
/** Whatever happened, the page is asked for again: what an event says is not looked at. */
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
 * A page that nobody looks at listens to nothing: a browser has few connections for one server, and many tabs.
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
      // Otherwise the browser tries again by itself.
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
  // A page that is left must not hold a connection, and one that is come back to needs one again.
  addEventListener('pagehide', () => {
    source?.close();
    source = undefined;
  });
  addEventListener('pageshow', follow);
  connect();
}

/** Of what the page is about. */
function address() {
  const asked = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  if (location.pathname !== '/file') {
    for (const name of ['repo', 'server']) for (const value of asked.getAll(name)) query.append(name, value);
  }
  return `/api/v1/events?${query}`;
}
