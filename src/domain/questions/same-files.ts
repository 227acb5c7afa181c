import type { Incident } from '../incident.ts';

/** Makes a function that says whether an incident had the same files. If the files were not named, none has. */
export function sameFilesAs({ files }: Pick<Incident, 'files'>): (other: Pick<Incident, 'files'>) => boolean {
  if (files.names.length === 0) return () => false;
  const text = JSON.stringify(files);
  return (other) => JSON.stringify(other.files) === text;
}
