import { fileNames } from '../../domain/finding.ts';
import { toFile } from '../models/differs.ts';
import { FileTable } from './differs.tsx';
import type { IncidentView } from './incident-view.ts';
import { fileLink, incidentApiLink, targetLink } from './links.ts';
import { Name } from './shown.tsx';
import { Ago } from './time.tsx';
import { plural } from './words.ts';

/** The most files that are listed here; the page of the target, or the API, has all. */
const MOST = 12;

/** What differs according to the last check, and what else differed earlier in the incident. */
export function WhatDiffers({ view: { incident, lastDrift }, now }: { view: IncidentView; now: number }) {
  if (lastDrift === undefined) return null;
  const { files, driftCount } = lastDrift.finding;
  const isOpen = incident.resolvedAt === undefined;
  const count = Math.max(driftCount ?? 0, files.length);
  const unnamed = count - files.length;
  return (
    <section aria-labelledby="differs">
      <div class="head">
        <h2 id="differs">
          What {isOpen ? 'differs' : 'differed'}: {count === 0 ? 'not known' : plural(count, 'file')}
        </h2>
        <p class="quiet">
          As of the last check that found it, <Ago at={lastDrift.checkedAt} now={now} />
        </p>
      </div>
      {files.length === 0 ? null : (
        <FileTable group={{ name: '', files: files.slice(0, MOST).map(toFile) }} />
      )}
      {files.length > MOST ? (
        <p>
          <a href={isOpen ? `${targetLink(incident)}#differs` : incidentApiLink(incident)}>
            All {plural(files.length, 'file')}
          </a>
        </p>
      ) : null}
      {unnamed > 0 ? <p class="quiet">{unnamedWords(unnamed, files.length)}</p> : null}
      <Earlier incident={incident} now={new Set(fileNames(files))} />
    </section>
  );
}

function unnamedWords(unnamed: number, named: number): string {
  return `${plural(unnamed, named === 0 ? 'file' : 'more file')} differed and had no name in the report.`;
}

/** What differed in the incident, but not at the last check. */
function Earlier({
  incident: { files },
  now,
}: Pick<IncidentView, 'incident'> & { now: ReadonlySet<string> }) {
  const earlier = files.names.filter((name) => !now.has(name));
  if (earlier.length === 0) return null;
  return (
    <p class="quiet">
      Earlier in this incident also:{' '}
      {earlier.slice(0, MOST).map((name, i) => (
        <>
          {i === 0 ? '' : ', '}
          <a class="file" href={fileLink(name)}>
            <Name of={name} />
          </a>
        </>
      ))}
      {earlier.length > MOST || files.isCut ? ' and more' : ''}
    </p>
  );
}
