import { actingExamples } from './examples/acting.ts';
import { answerExamples } from './examples/answers.ts';
import { panelExamples } from './examples/panels.ts';
import { type JsonObject, mapValues, objectIn } from './json.ts';

const EXAMPLES: Readonly<Record<string, object>> = { ...answerExamples, ...actingExamples, ...panelExamples };

/** Adds the examples to the schemas of the same name. */
export function withExamples(components: JsonObject): JsonObject {
  const schemas = mapValues(objectIn(components.schemas), (schema, name) => {
    const example = EXAMPLES[name];
    return example === undefined ? schema : { ...objectIn(schema), examples: [example] };
  });
  return { ...components, schemas };
}
