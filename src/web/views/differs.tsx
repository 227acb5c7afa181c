import { groupBy } from '../../domain/group-by.ts';
import { fileLink } from './links.ts';
import { Name } from './shown.tsx';
import type { TargetNow } from './target-view.ts';
import { plural } from './words.ts';

/** Up to so many files are one list; more are listed by directory. */
const FLAT = 12;

/** All files that differed at the last check, as far as they were named. */
export function Differs({ target: { syncStatus, files, driftCount } }: { target: TargetNow }) {
  if (syncStatus !== 'OUT_OF_SYNC' || files.length === 0) return null;
  const unnamed = (driftCount ?? files.length) - files.length;
  return (
    <section aria-labelledby="differs">
      <h2 id="differs">What differs: {plural(Math.max(driftCount ?? 0, files.length), 'file')}</h2>
      <div class="panel">
        {files.length <= FLAT ? <Names names={files} from={0} /> : <Directories names={files} />}
        {unnamed > 0 ? (
          <p class="quiet">{plural(unnamed, 'more file')} differed and had no name in the report.</p>
        ) : null}
      </div>
    </section>
  );
}

function Directories({ names }: { names: readonly string[] }) {
  const byDirectory = [...groupBy(names, directoryOf)].sort(([, a], [, b]) => b.length - a.length);
  return (
    <>
      {byDirectory.map(([directory, inside], i) => (
        <details class="dir" open={i === 0}>
          <summary>
            <Name of={directory === '' ? 'no directory' : directory} />{' '}
            <span class="quiet">{plural(inside.length, 'file')}</span>
          </summary>
          <Names names={inside} from={directory.length} />
        </details>
      ))}
    </>
  );
}

/** `from`: how much of each path stands above the list already. */
function Names({ names, from }: { names: readonly string[]; from: number }) {
  return (
    <ul class="files">
      {names.map((name) => (
        <li>
          <a href={fileLink(name)}>
            <Name of={name.slice(from)} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** With the slash at its end. */
function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/', name.length - 2) + 1);
}
