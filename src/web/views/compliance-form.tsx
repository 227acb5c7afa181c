import { type ComplianceView, complianceLink } from './compliance-view.ts';
import { HiddenField } from './select.tsx';

/** The month, the zone and the grouping. */
export function ComplianceForm({ view: { query, month, earlier, labelKeys } }: { view: ComplianceView }) {
  const { by, tz, repo, server, label } = query;
  const isFiltered = [repo, server, label].some((part) => part !== undefined);
  const groupings = [
    ['repo', 'repo'],
    ['target', 'target'],
    ['all', 'nothing: all together'],
    ...labelKeys.map((key) => [`label:${key}`, `label ${key}`] as const),
  ] as const;
  return (
    <details class="more">
      <summary>Month, zone and grouping</summary>
      <form method="get" action="/compliance">
        <label>
          Month <input type="month" name="month" value={month.name} placeholder="2026-11" />
        </label>
        <label>
          Zone{' '}
          <input name="tz" value={tz} placeholder="Europe/Berlin" autocomplete="off" spellcheck={false} />
        </label>
        <label>
          Group by
          <select name="by">
            {groupings.map(([value, words]) => (
              <option value={value} selected={value === by}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <HiddenField name="repo" value={repo?.join(',')} />
        <HiddenField name="server" value={server?.join(',')} />
        {(label ?? []).map((one) => (
          <HiddenField name="label" value={one} />
        ))}
        <button type="submit">Apply</button>
        {earlier === undefined ? null : (
          <a href={complianceLink(query, { month: earlier })}>Earlier months</a>
        )}
        {isFiltered ? (
          <a href={complianceLink(query, { repo: undefined, server: undefined, label: undefined })}>
            All targets
          </a>
        ) : null}
      </form>
    </details>
  );
}
