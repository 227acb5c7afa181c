import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { artifacts } from '../../grafana/src/artifacts.ts';
import { readShipped } from './shipped.ts';

test.each(artifacts().map(({ path, content }) => [path, content]))(
  'the committed %s is what the generator makes',
  (path, content) => {
    // Compared as data: the layout of the text is the formatter's business. JSON is also YAML.
    const remedy = "run 'npm run grafana:generate', and commit what it writes";
    expect(parse(readShipped(`grafana/${path}`)), remedy).toEqual(parse(content));
  },
);
