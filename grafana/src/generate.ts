import { writeFileSync } from 'node:fs';
import { artifacts } from './artifacts.ts';

for (const { path, content } of artifacts()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content);
}
