import * as z from 'zod';
import { EXPECTATION_STATUSES } from '../expectations/expectation-status.ts';
import { expectationSchema } from '../expectations/schema.ts';
import { findingShape } from './alert-schemas.ts';
import { bodyInstant } from './body-instant.ts';
import { components } from './components.ts';

const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });
const texts = z.array(z.string());
const source = z.enum(['api', 'cli', 'file']).describe('The only place where it can be edited');

/** A stored expectation. It is not validated again: a version that was accepted stays valid. */
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
  retired: z.literal(true).optional(),
  ticket: z.string().optional(),
  from: z.string().optional(),
  expires: z.string().optional(),
};

const current = {
  status: z.enum(EXPECTATION_STATUSES),
  lastNeeded: instant.optional().describe('The time of the last use that needed it'),
  source,
  version: z.int().min(1),
  changedBy: z.string(),
  changedTime: instant,
  warnings: texts.optional().describe('Its keys and principals that no row of the history names'),
};

export const expectationAnswerSchema = z
  .object({ id: z.string(), ...content, ...current })
  .register(components, { id: 'Expectation' });

export const expectationPageSchema = z
  .object({
    items: z.array(expectationAnswerSchema),
    next: z.string().optional().describe('Give it as `cursor` for what follows; absent at the end'),
  })
  .register(components, { id: 'ExpectationPage' });

export const expectationDetailSchema = z
  .object({
    ...z.object({ ...content, ...current }).partial().shape,
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

/** More than one table may hold. */
const MAX_PREVIEWED = 5000;

export const previewBodySchema = z
  .strictObject({
    expectations: z
      .array(expectationSchema)
      .max(MAX_PREVIEWED, { error: `has more than ${MAX_PREVIEWED} entries` })
      .describe('All expectations; they replace the current ones'),
    from: bodyInstant('First time, inclusive. Default: 30 days before `to`').exactOptional(),
    to: bodyInstant('Last time, exclusive. Default: just after the newest row').exactOptional(),
  })
  .register(components, { id: 'PreviewBody' });

const finding = z.object(findingShape).register(components, { id: 'PreviewedFinding' });

export const previewSchema = z
  .object({
    from: instant,
    to: instant,
    fired: z.array(finding).describe('Findings under the proposed expectations'),
    added: z.array(finding).describe('Those of them that the current expectations do not give'),
    silenced: z.array(finding).describe('Findings that only the current expectations give'),
    neverNeeded: texts.describe('Proposed expectations that no use of the period needed'),
    warnings: texts.describe('Their keys and principals that no row of the history names'),
  })
  .register(components, { id: 'Preview' });
