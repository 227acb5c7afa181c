/** The scheme and the user, the hosts, and what follows them. */
const ADDRESS = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is;

/** An address of PostgreSQL for each host of one that lists several, in their order: `postgres://a:5432,b:5433/db`. */
export function addressesOf(url: string): readonly string[] {
  const [, start = '', hosts = '', rest = url] = ADDRESS.exec(url) ?? [];
  const [path = '', query] = rest.split('?', 2);
  const named = hosts.split(',');
  // Folders of sockets are listed in `host=`, and their ports in `port=`.
  const given = new URLSearchParams(query);
  const folders = given.get('host')?.split(',') ?? [];
  const ports = given.get('port')?.split(',') ?? [];
  const places = [...Array(Math.max(named.length, folders.length)).keys()];
  if (places.length === 1) return [url];
  return places.map((place) => {
    if (folders.length > 0) given.set('host', folders[place] ?? '');
    if (ports.length > 0) given.set('port', ports[place] ?? ports[0] ?? '');
    const search = query === undefined ? '' : `?${given}`;
    return `${start}${named[place] ?? named[0]}${path}${search}`;
  });
}
