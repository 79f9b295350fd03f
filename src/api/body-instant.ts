import * as z from 'zod';
import { instant } from './parameter-kinds.ts';

/** A time or a day in a body, in the format of query parameters; parsed to epoch milliseconds. */
export function bodyInstant(description: string): z.ZodType<number> {
  return z
    .string()
    .transform((text, context) => {
      const reading = instant.read('', text);
      if (reading.kind === 'good') return reading.value;
      context.issues.push({ code: 'custom', message: reading.reason, input: text });
      return z.NEVER;
    })
    .meta({ ...instant.schema, description });
}
