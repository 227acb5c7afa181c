import { bigint, customType } from 'drizzle-orm/pg-core';

/** Epoch milliseconds, and numbers that may become as large. */
export const large = (name: string) => bigint(name, { mode: 'number' });

/** An id that the database gives. */
export const identity = (name: string) => large(name).generatedAlwaysAsIdentity();

/** Bytes. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** A name of people's choice: sorted by its bytes, whatever the locale of the database. */
export const sortedText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** Integers of 32 bits, as PostgreSQL writes them. They are read in the database. */
export const integers = customType<{ data: string }>({ dataType: () => 'integer[]' });
