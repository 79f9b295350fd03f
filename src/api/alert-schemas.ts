import * as z from 'zod';
import { ALERT_STATES } from '../alerts/alert.ts';
import { RULE_IDS, SEVERITIES } from '../alerts/rule-id.ts';
import { bodyInstant } from './body-instant.ts';
import { components } from './components.ts';
import { covered } from './covered-shape.ts';

const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });
const count = z.int().min(0);
const events = z.array(z.string()).max(20).describe('Event ids, with the first and the last');

/** What a rule found: shared by alerts and by findings of a preview. */
export const findingShape = {
  rule: z.enum(RULE_IDS),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  details: z.array(z.string()).optional().describe('What else the records show'),
  keyArn: z.string().optional(),
  keyRef: z.string().optional().describe('The key reference in events, where no ARN is known'),
  principalId: z.string().optional().describe('With `family`, the first of it'),
  family: z
    .string()
    .optional()
    .describe('Principals alike in account, type, path and name, digits and ids aside'),
  jobArn: z.string().optional(),
  grantee: z.string().optional(),
  alias: z.string().optional(),
  accountId: z.string().optional(),
  region: z.string().optional(),
  firstSeen: instant,
  lastSeen: instant,
  count,
  events,
};

const alert = z
  .object({
    id: z.string(),
    ...findingShape,
    state: z.enum(ALERT_STATES),
    isPast: z.literal(true).optional().describe('Raised for events that were long past: nobody was paged'),
    deliveryProblem: z.string().optional().describe('What is wrong with a delivery that keeps failing'),
    history: z
      .array(
        z.object({
          number: z.int().min(1),
          time: instant,
          state: z.enum(ALERT_STATES),
          by: z.string().describe('The verified caller, or `keytrail`'),
          reason: z.string(),
          until: instant.optional().describe('New uses after this open the alert again'),
          isPast: z.literal(true).optional(),
        }),
      )
      .describe('Every change, oldest first; in lists the last ones'),
  })
  .register(components, { id: 'Alert' });

export const alertPageSchema = z
  .object({
    items: z.array(alert),
    next: z.string().optional().describe('Give it as `cursor` for what follows; absent at the end'),
    ...covered,
  })
  .register(components, { id: 'AlertPage' });

export const alertDetailSchema = z
  .object({
    ...alert.shape,
    checkNext: z.array(z.string()).describe('What to do, step by step; paths are of this API'),
    falsePositives: z.array(z.string()).describe('When it fires although nothing is wrong'),
  })
  .register(components, { id: 'AlertDetail' });

export const acknowledgementSchema = z
  .strictObject({
    reason: z
      .string()
      .max(2000, { error: 'has more than 2000 characters' })
      .regex(/\S/, { error: 'must say why in words' })
      .describe('Why, for later readers'),
    until: bodyInstant(
      'New uses after this time or day open the alert again; none do when absent',
    ).exactOptional(),
  })
  .register(components, { id: 'Acknowledgement' });
