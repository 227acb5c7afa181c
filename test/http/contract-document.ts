import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

/** The OpenAPI document as tests read it. */
export type Json = Readonly<Record<string, unknown>>;
export const json: z.ZodType<Json> = z.record(z.string(), z.unknown());
export const operationShape = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: json })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: json })) }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({
      $ref: z.string().optional(),
      headers: json.default({}),
      content: z.record(z.string(), z.looseObject({ schema: json })).default({}),
    }),
  ),
  security: z.array(json),
});
export const documentShape = z.looseObject({
  info: z.looseObject({ license: json }),
  servers: z.array(json),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({
    schemas: z.record(z.string(), json),
    responses: z.record(z.string(), z.looseObject({ headers: json.default({}) })),
  }),
});

/** Whether a value matches one of the named schemas. */
export interface Validator {
  isValid(name: string, value: unknown): boolean;
  /** Why the last value did not match. */
  fault(): string;
}

export function validatorOf({ components: { schemas } }: z.infer<typeof documentShape>): Validator {
  const ajv = new Ajv2020({
    strict: false,
    formats: { 'date-time': true, int32: true, int64: true },
  });
  const own = JSON.parse(JSON.stringify(schemas).replaceAll('"#/', '"openapi#/'));
  ajv.addSchema({ $id: 'openapi', components: { schemas: own } });
  return {
    isValid: (name, value) => ajv.validate({ $ref: `openapi#/components/schemas/${name}` }, value) === true,
    fault: () => ajv.errorsText(),
  };
}
