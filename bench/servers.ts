import { fileURLToPath } from 'node:url';
import { type Child, startChild } from './child.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const BARE = fileURLToPath(new URL('./bare-server.ts', import.meta.url));

/** As `npm start` has it; the server beside it gets it too. */
const HEAP = ['--max-semi-space-size=32', '--heap-growing-percent=50'];

/** Where a story is set at a fixed date: however long ago that is, nothing of it is pruned. */
export const KEEP_ALL = { GITOPS_STATUS_RETENTION_REPORTS: '100y', GITOPS_STATUS_RETENTION_HISTORY: '100y' };

/** The server as `npm start` starts it, on a database of the measure's own. `npm run bench` has built it. */
export function startServer(
  databasePath: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  return startChild({
    file: process.execPath,
    args: [...HEAP, '--enable-source-maps', MAIN],
    env: { PORT: '0', DATABASE_URL: `sqlite:${databasePath}`, ...env },
    portIn: (line) => {
      const { msg, address } = asJson(line);
      return msg === 'serving' ? address.port : undefined;
    },
  });
}

/** The framework without the service. */
export function startBareServer(): Promise<Child> {
  return startChild({
    file: process.execPath,
    args: [...HEAP, '--import', import.meta.resolve('tsx'), BARE],
    portIn: (line) => (/^\d+$/.test(line) ? Number(line) : undefined),
  });
}

/** What is said of a failure to start is not. */
function asJson(line: string) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
