import type { FileDrift } from '../../domain/questions/file-drift.ts';
import { Name } from './shown.tsx';
import { Instant } from './time.tsx';
import { formatSpan } from './words.ts';

interface DriftRow extends Omit<FileDrift, 'name' | 'targets'> {
  /** The name of what drifted, and the link to it. */
  readonly words: string;
  readonly href: string;
}

interface DriftTableProps {
  readonly caption: string;
  /** What the rows are, for the heading. */
  readonly what: string;
  readonly rows: readonly DriftRow[];
}

/** The files or targets that drift most. */
export function DriftTable({ caption, what, rows }: DriftTableProps) {
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col">Drifted for</th>
          <th scope="col">Incidents</th>
          <th scope="col">First seen</th>
          <th scope="col">Last seen</th>
          <th scope="col">At the last check</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ words, href, driftedMs, incidents, firstSeenAt, lastSeenAt, open }) => (
          <tr>
            <th scope="row">
              <a href={href}>
                <Name of={words} />
              </a>
            </th>
            <td data-label="Drifted for">{formatSpan(driftedMs)}</td>
            <td data-label="Incidents">{incidents}</td>
            <td data-label="First seen">
              <Instant at={firstSeenAt} />
            </td>
            <td data-label="Last seen">
              <Instant at={lastSeenAt} />
            </td>
            <td data-label="At the last check">{open ? <b class="open">drifted</b> : 'not drifted'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
