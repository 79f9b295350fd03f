import * as z from 'zod';
import { expectationFileSchema } from './schema.ts';

/** The JSON Schema (2020-12) of expectation files, for editors; docs/expectations.schema.json is a copy. */
export function expectationJsonSchema(): object {
  return z.toJSONSchema(expectationFileSchema, { io: 'input' });
}
