import { expect, test } from 'vitest';
import { parseReportLine, toReportLine } from '../../src/cli/report-line.ts';
import { POSTED_FIELDS } from '../../src/http/schemas/report-fields.ts';
import { HOUR } from '../fixtures.ts';
import { aBody, startService, type TestService } from './service.ts';

const VALUES = ['https://ci.example/7', 7, true, { env: 'prod' }];

const everyField = Object.entries(POSTED_FIELDS).map(
  ([name, schema]) => [name, VALUES.find((value) => schema.safeParse(value).success)] as const,
);

async function exported({ service }: TestService): Promise<string[]> {
  const lines: string[] = [];
  for await (const report of service.store.everyReport({})) lines.push(toReportLine(report));
  return lines;
}

test.each(everyField)('%s is posted, stored, listed, exported and imported as %j', async (name, value) => {
  expect(value).toBeDefined();
  const at = startService();
  const posted = aBody({ sync_status: 'UNKNOWN', [name]: value });
  expect((await at.post(posted)).status).toBe(201);
  expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ [name]: value }] });

  const [line = ''] = await exported(at);
  expect(JSON.parse(line)).toMatchObject({ [name]: value });

  const { report } = parseReportLine(line, { now: at.now, staleAfterMs: HOUR });
  const other = startService();
  await other.service.store.record([{ reports: [report], origin: 'import', mayTakeOver: false }]);
  expect(await other.json('/api/v1/reports')).toEqual(await at.json('/api/v1/reports'));
});

test.each(everyField)('%s may be null, which is the same as leaving it out', async (name) => {
  const at = startService();
  await at.post(aBody({ sync_status: 'UNKNOWN', [name]: null }));
  const { rows } = Object(await at.json('/api/v1/reports'));
  expect(rows).toHaveLength(1);
  expect(rows[0]).not.toHaveProperty(name);
});
