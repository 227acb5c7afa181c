export function infoOf(version: string) {
  return {
    title: 'gitops-status-server',
    version,
    description:
      'Says which servers match their Git repo, since when the others do not, and who acts. A request that ' +
      'does not arrive in full may also get 400, 408, 413, 417 or 431. Each list also takes the parameters ' +
      'of Grafana (`var-repo` for `repo`), and `fields`, which chooses the keys of its rows. Reports may ' +
      'also be posted to `/` and `/status.json`.',
    license: { name: 'MIT', identifier: 'MIT' },
  };
}

/** What each group of operations is for. An operation without a tag gets that of its path. */
const TAGS: Readonly<Record<string, { readonly description: string; readonly paths?: RegExp }>> = {
  Reports: { description: 'Record what a drift check found.' },
  Answers: { description: 'Read what is true now, what was true before, and what happened.' },
  Mutes: { description: 'Mute messages for a time, and say who works on an incident.' },
  Targets: { description: 'Declare, rename and delete targets.' },
  Grafana: { description: 'Rows for the panels, variables and alerts of Grafana.', paths: /^\/grafana\// },
  Prometheus: { description: 'Read metrics, and push them as to a Pushgateway.', paths: /^\/metrics/ },
  Badges: { description: 'Show the state of a target, a repo or a label as a badge.', paths: /^\/badge\./ },
  Health: { description: 'Find out whether the server is alive and ready to record.' },
};

export const tags = Object.entries(TAGS).map(([name, { description }]) => ({ name, description }));

/** The tag that the path of an operation stands for. */
export function tagOf(path: string): string | undefined {
  return Object.entries(TAGS).find(([, { paths }]) => paths?.test(path))?.[0];
}
