import pg from 'pg';

/** The type text[], which the types of `pg` do not name. */
const TEXTS = 1009 as Parameters<typeof pg.types.getTypeParser>[0];

/** As `pg` reads an answer. */
export const readArray = pg.types.getTypeParser(TEXTS) as (text: string) => (string | null)[];
