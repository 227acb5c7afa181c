/**
 * The series of a scrape that a Pushgateway also has: labels in the order of their names. For a group whose first push
 * failed, a Pushgateway says that it was pushed in 1970.
 */
export function pushedSeries(exposition: string): string[] {
  return exposition
    .split('\n')
    .filter((line) => /^(?:gitops_sync_status|push_time_seconds)\{/.test(line))
    .filter((line) => !/^push_time_seconds\{.*\} 0$/.test(line))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      const sorted = labels.split(',').sort().join();
      // The time differs between the two.
      return `${name}{${sorted}}${name === 'push_time_seconds' ? '' : ` ${value}`}`;
    })
    .sort();
}
