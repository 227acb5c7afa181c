import type { PropsWithChildren } from 'hono/jsx';
import { Icon } from './state.tsx';
import { Clock } from './time.tsx';

export type Place = 'fleet' | 'incidents' | 'commits' | 'compliance' | 'mutes' | 'api';

const PLACES: readonly (readonly [place: Place, href: string, words: string])[] = [
  ['fleet', '/', 'Fleet'],
  ['incidents', '/incidents', 'Incidents'],
  ['commits', '/commits', 'Commits'],
  ['compliance', '/compliance', 'Compliance'],
  ['mutes', '/mutes', 'Mutes'],
  ['api', '/docs', 'API'],
];

interface HeaderProps {
  /** The instant that the page shows. */
  readonly now: number;
  readonly here: Place | undefined;
  /** What was searched for. */
  readonly q: string | undefined;
  readonly isLive: boolean;
}

/** The head of every page. */
export function Header({ now, here, q, isLive }: HeaderProps) {
  return (
    <header class="top">
      <div>
        <a class="brand" href="/">
          <Icon of="mark" /> GitOps status
        </a>
        <nav aria-label="Pages">
          {PLACES.map(([place, href, words]) => (
            <a href={href} {...(place === here ? { 'aria-current': 'page' } : {})}>
              {words}
            </a>
          ))}
        </nav>
        <Search q={q} />
        <p class="as-of" {...(isLive ? { 'data-live': '' } : {})}>
          {isLive ? null : 'Not live · '}
          <Clock at={now} />
        </p>
      </div>
    </header>
  );
}

function Search({ q = '' }: { q: string | undefined }) {
  return (
    <search>
      <form method="get" action="/">
        <label class="search">
          <Icon of="find" />
          <input
            type="search"
            name="q"
            aria-label="Search the fleet"
            value={q}
            placeholder="Repo, server, file or commit"
          />
          <kbd>/</kbd>
        </label>
      </form>
    </search>
  );
}

/** The foot of every page: the version, the zone of all times, and links. */
export function Footer({ version, children }: PropsWithChildren<{ version: string }>) {
  return (
    <footer class="bottom">
      <span>GitOps status {version}</span>
      <span class="zone">Times in UTC</span>
      {children}
    </footer>
  );
}
