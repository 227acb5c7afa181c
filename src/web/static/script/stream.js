// The worker that holds the connection to the events of the server, and tells the page that something happened.

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

function connect() {
  // The server may be below a path, as this script is.
  const source = new EventSource(new URL(`../../api/v1/events${location.search}`, import.meta.url));
  source.addEventListener('open', () => postMessage('open'));
  for (const name of EVENTS) source.addEventListener(name, () => postMessage('change'));
  source.addEventListener('error', () => {
    postMessage('lost');
    // In the other states the browser reconnects by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  });
}

connect();
