import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/store/sqlite/schema.ts',
    './src/store/sqlite/schema-mutes.ts',
    './src/store/sqlite/schema-notifications.ts',
    './src/store/sqlite/schema-views.ts',
  ],
  out: './migrations/sqlite',
});
