import { formatInstant } from '../../domain/instant.ts';
import { linkTo } from './links.ts';
import { Icon } from './state.tsx';
import type { TargetView } from './target-view.ts';

const LISTS = ['timeline', 'incidents', 'files', 'reports'] as const;

/** The export section: the data of this page, and the badge. */
export function ExportSection({ view: { target, lanes, publicUrl } }: { view: TargetView }) {
  const { repo, server } = target;
  const { range } = lanes;
  const badge = linkTo('/badge.svg', { repo, server });
  const page = linkTo('/target', { repo, server });
  const csv = { repo, server, from: formatInstant(range.from), to: formatInstant(range.to), format: 'csv' };
  return (
    <details class="panel" id="export">
      <summary class="fold">
        <Icon of="more" />
        <h2>Export</h2>
      </summary>
      <p>
        As CSV:{' '}
        {LISTS.map((list) => (
          <>
            <a href={linkTo(`/api/v1/${list}`, csv)}>{list}</a>{' '}
          </>
        ))}
      </p>
      <p>
        The badge, for a README: <img src={badge} alt={`The badge of ${server}`} height={20} />
      </p>
      <pre>
        <code>{`[![drift](${publicUrl}${badge})](${publicUrl}${page})`}</code>
      </pre>
    </details>
  );
}
