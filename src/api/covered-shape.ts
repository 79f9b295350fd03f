import * as z from 'zod';

const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });
const count = z.int().min(0);

/** What an answer covers, and what in the question is nowhere in the history. */
export const covered = {
  window: z
    .object({ from: instant, to: instant })
    .describe('Inclusive and exclusive; without bounds from the first row to just after the newest'),
  coverage: z
    .object({
      hours: count,
      attested: count.optional(),
      observed: count.describe('Hours in which KMS records came'),
      silent: count.describe('Hours without a KMS record after the first of the account and Region'),
      pending: count.optional(),
      stopped: count.optional(),
    })
    .describe('Account × Region × hours of event time, by state; a state that is not measured is absent'),
  unmatched: z
    .array(
      z.object({
        parameter: z.string(),
        value: z.string(),
        closest: z.array(z.string()).describe('The nearest values that are in the history'),
      }),
    )
    .optional()
    .describe('Values of filters that nothing in the history matches; on a first page'),
  expiredBefore: instant.optional().describe('Rows before this have expired and are not in the answer'),
};
