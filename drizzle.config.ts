import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/store/sqlite/schema.ts',
    './src/store/sqlite/schema-mutes.ts',
    './src/store/sqlite/schema-notifications.ts',
  ],
  out: './migrations/sqlite',
});
