import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { openPage } from './pages/page.ts';
import { aDrift, iso, problemOf, startService, type TestService } from './service.ts';

interface Parameter {
  readonly name: string;
  readonly explode?: boolean;
  readonly schema: { readonly type?: string; readonly items?: { readonly pattern?: string } };
}

interface Documented {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
}

/** What some routes need in addition to the filter: the trend of all looks like the trend of one. */
const WITH: Readonly<Record<string, string>> = {
  '/api/v1/events': '?format=json',
  '/grafana/trend': '?group_by=target',
};

/** Pages and badges are not described as lists, but have the same filters. */
const OTHERS = ['/incidents', '/badge.svg', '/badge.json'];

const NO_LABELS = [
  ...['prod', 'Env:prod', ':prod', 'env:', '1:x', "'env:prod'", 'env:a\nb'],
  `env:${'x'.repeat(256)}`,
];

const openapi = (await startService().json('/openapi.json')) as Documented;
const parametersOf = (path: string) => openapi.paths[path]?.get?.parameters ?? [];
/** The gate has other answers, and a mute has matchers: their own tests check their labels. */
const NO_LISTS = ['/api/v1/gate', '/api/v1/mutes/preview'];

const LISTS = Object.keys(openapi.paths).filter(
  (path) =>
    !NO_LISTS.includes(path) &&
    parametersOf(path).some(({ name, schema }) => name === 'repo' && schema.type === 'array'),
);

const TARGETS = [
  { repo: 'shop', server: 'web' },
  { repo: 'wiki', server: 'app' },
  { repo: 'lab', server: 'box' },
];

let at: TestService;

async function startFleet(): Promise<void> {
  at = startService();
  await at.post([
    aDrift(['prod.conf'], {
      repo: 'shop',
      server: 'web',
      labels: { env: 'prod', team: 'a,b' },
      ...minutesAgo(3),
    }),
    aDrift(['prod.conf', 'b'], { repo: 'shop', server: 'web', ...minutesAgo(2) }),
    aDrift(['test.conf'], {
      repo: 'wiki',
      server: 'app',
      labels: { env: 'test', team: 'core' },
      ...minutesAgo(3),
    }),
    aDrift(['lab.conf'], { repo: 'lab', server: 'box', ...minutesAgo(3) }),
  ]);
}

const COMMIT = 'c'.repeat(40);

const minutesAgo = (n: number) => ({ last_check: iso(NOON - n * MINUTE), commit: COMMIT });

const asked = (path: string, query: string) => {
  const start = `${path.replace('{sha}', COMMIT)}${WITH[path.replace(/\.csv$/, '')] ?? ''}`;
  return `${start}${start.includes('?') ? '&' : '?'}${query}`;
};

const answer = async (path: string, query: string) => {
  const response = await at.get(asked(path, query));
  // A commit that none of the targets had is not found.
  expect(response.status).toBe(path.includes('{sha}') && response.status === 404 ? 404 : 200);
  return response.text();
};

test('every list of the API and of Grafana is among those below', () => {
  expect(LISTS.length).toBeGreaterThanOrEqual(20);
  expect(LISTS).toContain('/grafana/alerts');
  expect(LISTS).toContain('/api/v1/events');
});

/** Starts a fleet that is only asked; one that is asked for its actions has some. */
async function startFleetFor(path: string): Promise<void> {
  await startFleet();
  if (!path.startsWith('/api/v1/actions')) return;
  const by = { actor: { name: 'ci', verified: true } };
  for (const target of TARGETS) await at.service.store.deleteTarget(target, { purge: false, ...by });
  await at.service.store.declareTargets(TARGETS, by);
}

describe.each(LISTS)('%s', (path) => {
  beforeAll(() => startFleetFor(path));

  test('describes label as a list of repeated key:value', () => {
    const label = parametersOf(path).find(({ name }) => name === 'label');
    expect(label).toMatchObject({ explode: true, schema: { type: 'array' } });
    const pattern = new RegExp(label?.schema.items?.pattern ?? '(?!)', 'u');
    expect(['env:prod', 'team:a,b', 'a:{x}', 'a:|:'].every((one) => pattern.test(one))).toBe(true);
    expect(['prod', '{env:prod}', 'Env:prod', 'env:', ':x'].some((one) => pattern.test(one))).toBe(false);
  });

  test('answers about the targets with that label', async () => {
    const ofProd = await answer(path, 'server=web');
    expect(await answer(path, '')).not.toBe(ofProd);
    expect(await answer(path, 'label=env:prod')).toBe(ofProd);
  });

  test('accepts any value of a key, and needs every key', async () => {
    const both = await answer(path, 'server=web&server=app');
    expect(await answer(path, 'label=env:prod&label=env:test')).toBe(both);
    const one = await answer(path, 'server=app');
    expect(await answer(path, 'label=env:prod&label=env:test&label=team:core')).toBe(one);
    const none = await answer(path, 'server=nobody');
    expect(await answer(path, 'label=env:prod&label=team:core')).toBe(none);
  });

  test('does not split a value at a comma', async () => {
    expect(await answer(path, 'label=team:a,b')).toBe(await answer(path, 'server=web'));
    expect(await answer(path, 'label=env:prod,env:test')).toBe(await answer(path, 'server=nobody'));
  });

  test('takes empty, all and unresolved values as no filter', async () => {
    const all = await answer(path, '');
    for (const query of ['label=', 'label=*', 'label=$__all', 'label=${label}', 'label=%24%7Blabel:csv%7D']) {
      expect([query, await answer(path, query)]).toEqual([query, all]);
    }
  });
});

describe.each(LISTS.filter((path) => path !== '/api/v1/events'))('%s', (path) => {
  beforeAll(() => startFleetFor(path));

  test('takes the label also under the name of the variable', async () => {
    expect(await answer(path, 'var-label=env:prod')).toBe(await answer(path, 'server=web'));
  });

  test('takes the parameters that Grafana sends without a chosen label as no filter', async () => {
    const all = await answer(path, '');
    for (const query of ['%24%7Blabel:customqueryparam:label%7D=', '%2A=', '*']) {
      expect([query, await answer(path, query)]).toEqual([query, all]);
    }
  });

  test('still refuses unknown parameters', async () => {
    for (const query of ['labels=env:prod', '*=env:prod', 'nobody=']) {
      expect([query, (await at.get(asked(path, query))).status]).toEqual([query, 422]);
    }
  });
});

describe.each([...LISTS, ...OTHERS])('%s', (path) => {
  beforeAll(startFleet);

  const problem = async (label: string) => {
    const response = await at.get(asked(path, `label=${encodeURIComponent(label)}`));
    expect([label, response.status]).toEqual([label, 422]);
    return problemOf(response);
  };

  test('refuses a value that is no key:value', async () => {
    for (const label of NO_LABELS) {
      const { detail, errors } = await problem(label);
      expect(detail).toContain('label=key:value');
      expect(errors).toMatchObject([{ parameter: 'label' }]);
    }
  });

  test('refuses a list and names the format that Grafana needs', async () => {
    for (const label of ['{a:b,c:d}', '{env:prod}', '{}', '(env:prod|env:test)', '["env:prod"]']) {
      expect((await problem(label)).detail).toContain('${label:customqueryparam:label}');
    }
  });

  test('refuses one wrong value among others', async () => {
    expect((await at.get(asked(path, 'label=env:prod&label=prod'))).status).toBe(422);
  });
});

describe('labels', () => {
  beforeEach(startFleet);

  const servers = async (query: string) =>
    ((await at.json(`/api/v1/status?${query}`)) as { server: string }[]).map(({ server }) => server);

  test('are the present ones, even for reports with others', async () => {
    await at.post(
      aDrift(['test.conf'], { repo: 'wiki', server: 'app', labels: { env: 'prod' }, ...minutesAgo(1) }),
    );
    expect(await servers('label=env:prod')).toEqual(['web', 'app']);
    expect(await servers('label=env:test')).toEqual([]);
    const incidents = (await at.json('/api/v1/incidents?label=env:prod')) as { server: string }[];
    expect(new Set(incidents.map(({ server }) => server))).toEqual(new Set(['app', 'web']));
  });

  test('of an event are those at its time', async () => {
    await at.post(
      aDrift(['test.conf'], { repo: 'wiki', server: 'app', labels: { env: 'prod' }, ...minutesAgo(1) }),
    );
    const { rows } = (await at.json('/api/v1/events?format=json&label=env:test')) as {
      rows: { server: string }[];
    };
    expect(new Set(rows.map(({ server }) => server))).toEqual(new Set(['app']));
  });

  test.each([
    'a,b',
    '{x}',
    '|',
    '(y)',
    '"',
    "'",
    'a:b',
    '%41',
    '$__all',
    '*',
    ' blanks ',
    'ä 🦜',
    '[[z]]',
    '\\',
  ])('may have the value %j, and are found by it', async (value) => {
    await at.post(aDrift(['a'], { repo: 'odd', server: 'odd', labels: { what: value } }));
    expect(await servers(`label=${encodeURIComponent(`what:${value}`)}`)).toEqual(['odd']);
  });

  test.each(['constructor', 'valueof', 'hasownproperty'])('named %s are labels like others', async (key) => {
    expect(await servers(`label=${key}:x`)).toEqual([]);
    await at.post(aDrift(['a'], { repo: 'odd', server: 'odd', labels: { [key]: 'x' } }));
    expect(await servers(`label=${key}:x`)).toEqual(['odd']);
    expect((await answer('/api/v1/events', `label=${key}:x`)).match(/"server":"(\w+)"/)?.[1]).toBe('odd');
  });

  test('work in CSV', async () => {
    const csv = await answer('/api/v1/status', 'label=env:prod&format=csv');
    expect(csv.trim().split('\n')).toHaveLength(2);
    expect(csv).toContain('shop,web');
  });

  test('are what a template variable offers, as key:value', async () => {
    const options = async (query = '') =>
      ((await at.json(`/grafana/variables/labels${query}`)) as { text: string; value: string }[]).map(
        ({ text, value }) => [text, value],
      );
    expect(await options()).toEqual(
      ['env:prod', 'env:test', 'team:a,b', 'team:core'].map((label) => [label, label]),
    );
    expect(await options('?repo=wiki')).toEqual(['env:test', 'team:core'].map((label) => [label, label]));
  });
});

describe('the badge of a label', () => {
  beforeAll(startFleet);

  const badge = (query: string) => at.json(`/badge.json?${query}`);

  test('is the worst of the targets that have it', async () => {
    expect(await badge('label=env:prod')).toMatchObject({ label: 'env:prod', message: 'drifted (2)' });
    expect(await badge('label=env:test')).toMatchObject({ label: 'env:test', message: 'drifted (1)' });
    expect(await badge('label=env:prod&label=env:test')).toMatchObject({ label: 'env:prod env:test' });
    expect(await (await at.get('/badge.svg?label=env:prod')).text()).toContain(
      'aria-label="env:prod: drifted (2)"',
    );
  });

  test('may be of one repo', async () => {
    expect(await badge('repo=wiki&label=env:test')).toMatchObject({
      label: 'wiki env:test',
      message: 'drifted (1)',
    });
    expect(await badge('repo=wiki&label=env:prod')).toMatchObject({ message: 'no such target' });
  });

  test('without any filter is refused', async () => {
    for (const query of ['', 'label=*', 'server=web']) {
      const problem = await problemOf(await at.get(`/badge.svg?${query}`));
      expect(problem).toMatchObject({ status: 422, errors: [{ parameter: 'repo' }] });
    }
  });
});

describe.each([
  ['/', 'Targets'],
  ['/incidents', 'Incidents'],
])('the page %s', (path, caption) => {
  beforeEach(startFleet);

  test('shows the targets with a label, and which label it is', async () => {
    const page = await openPage(at, `${path}?label=env:prod`);
    expect(page.rowsOf(caption)).toHaveLength(1);
    expect(page.rowsOf(caption).flat().join(' ')).toContain('web');
    expect(page.text).toContain('Only env:prod Remove');
  });

  test('keeps the labels in its links and its form', async () => {
    const { links, html } = await openPage(at, `${path}?label=env:prod&label=team:a,b`);
    const kept = 'label=env%3Aprod&label=team%3Aa%2Cb';
    const own = links.filter((link) => link.startsWith(`${path}?`));
    const [changes, clears] = [
      own.filter((link) => link.includes(kept)),
      own.filter((link) => !link.includes('label')),
    ];
    expect(changes.length).toBeGreaterThanOrEqual(3);
    // One is beside the headline, one in the form.
    expect(clears.length).toBeLessThanOrEqual(2);
    for (const label of ['env:prod', 'team:a,b']) {
      expect(html).toContain(`<input type="hidden" name="label" value="${label}"/>`);
    }
  });

  test('has a link that removes a label, and offers the others', async () => {
    const { links, html } = await openPage(at, `${path}?label=env:prod&label=team:a,b`);
    expect(links.some((link) => /label=env%3Aprod(?!.*label)/.test(link))).toBe(true);
    expect(html).toMatch(/<option[^>]* value="team:core"/);
    expect(html).not.toMatch(/<option[^>]* value="env:prod"/);
  });

  test('refuses a value that is no label, and says how to ask', async () => {
    for (const label of ['prod', '{env:prod,env:test}']) {
      const page = await openPage(at, `${path}?label=${label}`);
      expect([page.status, page.text]).toEqual([422, expect.stringContaining('label=key:value')]);
    }
  });

  test('has no choice of labels for a fleet without any', async () => {
    at = startService();
    await at.post(aDrift(['a']));
    expect((await openPage(at, path)).html).not.toContain('name="label"');
  });
});
