import type { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { RANGE } from './infinity-query.ts';
import { ago, openCell, table, unit, width } from './table-panel.ts';

interface FileTableOptions {
  readonly title: string;
  readonly selected: Readonly<Record<string, string>>;
  /** For these the incidents of every target are read. */
  readonly countsIncidents: boolean;
}

const incidents = [{ name: 'incidents', title: 'Incidents', overrides: [width(90)] }] as const;

/** The files that drifted longest, as the server sorts them. */
export function fileTable({ title, selected, countsIncidents }: FileTableOptions): TablePanel {
  return table({
    title,
    description: 'Time in drift is summed over targets.',
    endpoint: '/grafana/files',
    params: { ...selected, ...RANGE, limit: '50' },
    columns: [
      { name: 'name', title: 'File' },
      {
        name: 'drifted_s',
        title: 'Time in drift',
        overrides: [
          unit('s'),
          width(220),
          { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic' } },
        ],
      },
      { name: 'targets', title: 'Targets', overrides: [width(80)] },
      ...(countsIncidents ? incidents : []),
      { name: 'last_seen', title: 'Last seen', overrides: ago },
      { name: 'open', title: 'Now', overrides: openCell },
    ],
    sortBy: ['-Time in drift'],
    noValue: 'no file drifted in this range',
  });
}
