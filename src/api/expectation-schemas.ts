import * as z from 'zod';
import { EXPECTATION_STATUSES } from '../expectations/expectation-status.ts';
import { expectationSchema } from '../expectations/schema.ts';
import { findingShape } from './alert-schemas.ts';
import { bodyInstant } from './body-instant.ts';
import { components } from './components.ts';

const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });
const texts = z.array(z.string());
const source = z.enum(['api', 'cli', 'file']).describe('Where it is edited, and nowhere else');

/** As it is kept: what was taken once stays as it was. */
const content = {
  keys: texts,
  principals: z.array(z.union([z.string(), z.object({ organisation: z.string(), accounts: texts })])),
  operations: texts,
  only: z
    .object({
      via: texts.optional(),
      jobs: z.literal(true).optional(),
      vpcEndpoints: texts.optional(),
      networks: texts.optional(),
      times: z.array(z.object({ days: texts.optional(), from: z.string(), to: z.string() })).optional(),
    })
    .optional(),
  owner: z.string(),
  reason: z.string(),
  ticket: z.string().optional(),
  from: z.string().optional(),
  expires: z.string().optional(),
};

const standing = {
  status: z.enum(EXPECTATION_STATUSES),
  lastNeeded: instant.optional().describe('The latest use that it was the one to allow'),
  source,
  version: z.int().min(1),
  changedBy: z.string(),
  changedTime: instant,
  warnings: texts.optional().describe('Which keys and principals of it no row of the history names'),
};

export const expectationAnswerSchema = z
  .object({ id: z.string(), ...content, ...standing })
  .register(components, { id: 'Expectation' });

export const expectationPageSchema = z
  .object({
    items: z.array(expectationAnswerSchema),
    next: z.string().optional().describe('Give it as `cursor` for what follows; absent at the end'),
  })
  .register(components, { id: 'ExpectationPage' });

export const expectationDetailSchema = z
  .object({
    ...z.object({ ...content, ...standing }).partial().shape,
    id: z.string(),
    versions: z
      .array(
        z.object({
          version: z.int().min(1),
          changedBy: z.string(),
          changedTime: instant,
          source,
          expectation: z.object({ id: z.string(), ...content }).optional(),
          isRemoved: z.literal(true).optional(),
        }),
      )
      .describe('Every version, oldest first'),
  })
  .register(components, { id: 'ExpectationDetail' });

export const expectationBodySchema = expectationSchema
  .partial({ id: true })
  .register(components, { id: 'ExpectationBody' });

export const removedSchema = z.object({ id: z.string() }).register(components, { id: 'Removed' });

/** More than one table takes. */
const MAX_PREVIEWED = 5000;

export const previewBodySchema = z
  .strictObject({
    expectations: z
      .array(expectationSchema)
      .max(MAX_PREVIEWED, { error: `has more than ${MAX_PREVIEWED} entries` })
      .describe('All that would stand'),
    from: bodyInstant('First time, inclusive. Default: 30 days before `to`').exactOptional(),
    to: bodyInstant('Last time, exclusive. Default: just after the newest row').exactOptional(),
  })
  .register(components, { id: 'PreviewBody' });

const matter = z.object(findingShape).register(components, { id: 'PreviewedFinding' });

export const previewSchema = z
  .object({
    from: instant,
    to: instant,
    fired: z.array(matter).describe('What the proposed expectations would have given'),
    added: z.array(matter).describe('What of it those that stand do not give'),
    silenced: z.array(matter).describe('What those that stand give, and the proposed would not'),
    neverNeeded: texts.describe('Proposed expectations that no use of the period needed'),
    warnings: texts.describe('Which keys and principals of them no row of the history names'),
  })
  .register(components, { id: 'Preview' });
