import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { actorOf, type Caller } from '../../src/http/auth/caller.ts';
import { answerErrors } from '../../src/http/problem.ts';
import { problemOf } from './service.ts';
import { aToken } from './tokens.ts';

const ANYONE: Caller = { kind: 'anyone', mayAdminister: true };
const PERSON: Caller = { kind: 'person', name: 'alice', mayAct: true };
const BEARER: Caller = { kind: 'bearer', token: aToken({ name: 'ops' }).token, scope: 'act' };

function ask(caller: Caller, by?: string): Promise<Response> {
  const app = new OpenAPIHono();
  app.get('/', (c) => {
    c.set('caller', caller);
    return c.json(actorOf(c, by));
  });
  return Promise.resolve(answerErrors(app, { log: { error() {} } }).request('/'));
}

const actor = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).json();

describe('who is behind a request', () => {
  test('is the token or the person, whatever name was typed', async () => {
    for (const by of [undefined, '', 'mallory', 'with\ncontrol']) {
      expect(await actor(PERSON, by)).toEqual({ name: 'alice', verified: true });
      expect(await actor(BEARER, by)).toEqual({ name: 'ops', verified: true });
    }
  });

  test('on an open server is the typed name, not verified, or nobody', async () => {
    expect(await actor(ANYONE, ' bob ')).toEqual({ name: 'bob', verified: false });
    for (const by of [undefined, '', '  ']) expect(await actor(ANYONE, by)).toEqual({ verified: false });
  });

  test.each(['a\nb', 'a\u0000', 'a\u202eb', 'x'.repeat(256)])('cannot be %j', async (by) => {
    expect(await problemOf(await ask(ANYONE, by))).toMatchObject({
      status: 422,
      errors: [{ parameter: 'by' }],
    });
  });
});
