import * as z from 'zod';
import { expectationFileSchema } from './schema.ts';

/** The JSON Schema (2020-12) of a file of expectations, for editors; docs/expectations.schema.json has it. */
export function expectationJsonSchema(): object {
  return z.toJSONSchema(expectationFileSchema, { io: 'input' });
}
