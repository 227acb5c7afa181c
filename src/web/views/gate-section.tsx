import { linkTo } from './links.ts';
import { Name } from './shown.tsx';

/** The longest time that the gate waits. */
const WAIT_S = 300;

/** How a pipeline waits for a commit. */
export function GateSection({ commit, repo }: { commit: string; repo: string | undefined }) {
  const gate = linkTo('/api/v1/gate', { repo: repo ?? '*', commit, wait: WAIT_S });
  return (
    <section class="panel gate" aria-labelledby="gate">
      <h2 id="gate">Wait for it in a pipeline</h2>
      <p>
        It answers as soon as every target{repo === undefined ? '' : ' of '}
        {repo === undefined ? null : <Name of={repo} />} is in sync at this commit. After five minutes it
        answers 409, and says what is left.
      </p>
      <pre>
        <code>{`curl --fail-with-body "$GITOPS_STATUS_SERVER_URL${gate}"`}</code>
      </pre>
    </section>
  );
}
