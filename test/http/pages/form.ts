import type { TestService } from '../service.ts';
import { BROWSER, openPage, type SeenPage } from './page.ts';

/** The fields of the form with this action on a page, as a browser would send them. */
export function fieldsOf({ html }: SeenPage, action: string): URLSearchParams {
  const form = [...html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].find(
    ([, attributes = '']) => attributeOf(attributes, 'action') === action,
  );
  if (form === undefined) throw new Error(`There is no form with the action ${action}.`);
  const [, , inside = ''] = form;
  const fields = new URLSearchParams();
  for (const [, attributes = ''] of inside.matchAll(/<input([^>]*)>/g)) {
    const [name, value] = [attributeOf(attributes, 'name'), attributeOf(attributes, 'value')];
    const isUnchecked = / type="radio"/.test(attributes) && !/ checked/.test(attributes);
    if (name !== undefined && !isUnchecked) fields.append(name, value ?? '');
  }
  for (const [, attributes = '', text = ''] of inside.matchAll(/<textarea([^>]*)>(.*?)<\/textarea>/gs))
    fields.append(attributeOf(attributes, 'name') ?? '', decoded(text).trim());
  return fields;
}

/** Sends a form as a browser does, with some fields filled in. */
export async function sendForm(
  at: TestService,
  { action, fields }: { action: string; fields: URLSearchParams },
  typed: Readonly<Record<string, string>> = {},
): Promise<Response> {
  for (const [name, value] of Object.entries(typed)) fields.set(name, value);
  return at.service.app.request(action, {
    method: 'POST',
    headers: { ...BROWSER, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: fields.toString(),
  });
}

/** Opens a page, and sends its form. */
export async function fillForm(
  at: TestService,
  { page, action }: { page: string; action: string },
  typed: Readonly<Record<string, string>>,
): Promise<Response> {
  return sendForm(at, { action, fields: fieldsOf(await openPage(at, page), action) }, typed);
}

function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : decoded(value);
}

function decoded(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
}
