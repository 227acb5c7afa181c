import { fileURLToPath } from 'node:url';

/** The program as it is shipped: `test/build-dist.ts` has built it from the present sources. */
export const SHIPPED_MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
