import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/store/postgres/schema.ts',
    './src/store/postgres/schema-chunks.ts',
    './src/store/postgres/schema-events.ts',
    './src/store/postgres/schema-mutes.ts',
    './src/store/postgres/schema-notifications.ts',
  ],
  out: './migrations/postgres',
});
