import * as z from 'zod';
import { KMS_OPERATIONS } from '../kms/kms-operations.ts';
import type { Expectation } from './expectation.ts';
import { ACCOUNT_ID, HOST_FORM, KEY_FORM, keyFault, PRINCIPAL_FORM, principalFault } from './forms.ts';

/*
 * The schema of an expectation in a file, the API and the command line. docs/expectations.schema.json is generated from
 * it. check-expectation.ts checks what no schema can, such as an end in the past. Each message is the end of a sentence
 * that begins with the value or its field.
 */

const CATEGORIES = ['cryptographic', 'grant', 'management'] as const;
export const OPERATIONS = [...CATEGORIES, ...KMS_OPERATIONS] as const;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Rejects placeholders that nobody has filled in. */
const WRITTEN = /^(?![\s<(]*(?:TODO|TBD|FIXME|CHANGEME|Todo|todo)\b)(?=.*\S)[^\p{Cc}]*$/u;

function written(longest: number, about: string) {
  return z
    .string()
    .max(longest, { error: `has more than ${longest} characters` })
    .regex(WRITTEN, { error: 'is not filled in yet; say it in words' })
    .meta({ description: about });
}

function some<Item extends z.ZodType>(item: Item, most: number, about: string) {
  return z
    .array(item)
    .min(1, { error: 'is empty; name at least one' })
    .max(most, { error: `has more than ${most} entries; split the expectation` })
    .meta({ description: about });
}

const accountId = z.string().regex(ACCOUNT_ID, { error: 'is no account id: that has 12 digits' });
const host = z
  .string()
  .regex(HOST_FORM, { error: 'is no service; write its whole name, as s3.amazonaws.com' });

const instant = (about: string) =>
  z
    .union([z.iso.date(), z.iso.datetime()], {
      error: 'is no time in UTC such as 2027-03-01T10:00:00Z, nor a day such as 2027-03-01',
    })
    .meta({ description: about });

const organisation = z
  .strictObject({
    organisation: z.string().regex(/^o-[a-z0-9]{10,32}$/, {
      error: 'is no organisation id: that is o- and 10 to 32 letters or digits',
    }),
    accounts: some(accountId, 5000, 'Its accounts, since no record tells of an organisation'),
  })
  .meta({ description: 'An AWS organisation with its accounts' });

const clock = (pattern: RegExp) => z.string().regex(pattern, { error: 'is no time of day such as 09:00' });

export const weeklyTimeSchema = z.strictObject({
  days: some(z.enum(DAYS), 7, 'Days of the week; every day where absent').exactOptional(),
  from: clock(/^(?:[01]\d|2[0-3]):[0-5]\d$/).meta({ description: 'HH:MM in UTC, inclusive' }),
  to: clock(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/).meta({ description: 'HH:MM in UTC, exclusive' }),
});

export const conditionsSchema = z.strictObject({
  via: some(host, 100, 'Only through one of these services, as in principal.via').exactOptional(),
  jobs: z
    .literal(true, { error: 'is true, or is left out' })
    .exactOptional()
    .meta({ description: 'Only where a SageMaker job made the use' }),
  vpcEndpoints: some(
    z
      .string()
      .regex(/^vpce-[0-9a-f]{8,32}$/, { error: 'is no id of a VPC endpoint such as vpce-0123456789abcdef0' }),
    100,
    'Only through one of these VPC endpoints',
  ).exactOptional(),
  networks: some(
    z.string().regex(/^[0-9a-fA-F.:]{2,45}\/\d{1,3}$/, {
      error: 'is no network; write it as 192.0.2.0/24, one address as 192.0.2.7/32',
    }),
    100,
    'Only from addresses of these networks, CIDR',
  ).exactOptional(),
  times: some(weeklyTimeSchema, 50, 'Only at these times of the week').exactOptional(),
});

export const expectationSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
      error: 'is no id: that has up to 64 letters, digits, `.`, `_` and `-`',
    })
    .meta({ description: 'Names it for ever, in rows and alerts too' }),
  keys: some(
    z.string().regex(KEY_FORM, { error: ({ input }) => keyFault(String(input)) }),
    500,
    "Keys' ARNs, aliases (alias/x in every account and Region, or an alias's ARN), account:<id>, ml",
  ),
  principals: some(
    z.union([
      z.string().regex(PRINCIPAL_FORM, { error: ({ input }) => principalFault(String(input)) }),
      organisation,
    ]),
    500,
    'ARNs, ARNs that end in /* (all below a path), account:<id>, service:<name>, id:<principal.id>, organisations',
  ),
  operations: some(z.enum(OPERATIONS), 100, 'Operations of KMS, or categories of them'),
  only: conditionsSchema.exactOptional().meta({ description: 'Every condition that is given must hold' }),
  retired: z
    .literal(true, { error: 'is true, or is left out' })
    .exactOptional()
    .meta({ description: 'The keys are retired: whoever encrypts with one, raises an alert' }),
  owner: written(200, 'Who answers for it'),
  reason: written(2000, 'Why it is so'),
  ticket: written(500, 'Where it was decided').exactOptional(),
  from: instant('From when it holds; since ever where absent').exactOptional(),
  expires: instant('Until when it holds').exactOptional(),
});

expectationSchema satisfies z.ZodType<Expectation>;

/** The whole of a file. */
export const expectationFileSchema = z
  .strictObject({
    expectations: z.array(expectationSchema).meta({ description: 'Who may use which keys' }),
  })
  .meta({ title: 'Expectations of Keytrail', description: 'keytrail.expectations.yml' });
