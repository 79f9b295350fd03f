import * as z from 'zod';
import { components } from './components.ts';
import { covered } from './covered-shape.ts';

/*
 * The contract of the API's answers. Answers are parsed out through these schemas, so a member that is not listed cannot
 * leak. They do not validate the history a second time: any text is allowed where a text is expected.
 */

const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });
const count = z.int().min(0);

/**
 * A map that is passed through. `z.record` would copy it and drop a member called `__proto__`, which an encryption context
 * may have.
 */
function mapOf(isValue: (value: unknown) => boolean, valueSchema: object) {
  return z
    .custom<object>((map) => typeof map === 'object' && map !== null && Object.values(map).every(isValue))
    .meta({ type: 'object', additionalProperties: valueSchema });
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextMap = (map: unknown): boolean =>
  typeof map === 'object' && map !== null && Object.values(map).every(isText);
const textMapSchema = { type: 'object', additionalProperties: { type: 'string' } };

const principalType = z.enum([
  'role',
  'user',
  'root',
  'service',
  'account',
  'federated',
  'identity-center',
  'unknown',
]);

const principal = z
  .object({
    id: z.string().optional(),
    type: principalType,
    accountId: z.string().optional(),
    session: z.string().optional().describe("The session's name; of roles and accounts only"),
    sourceIdentity: z.string().optional(),
    via: z.string().optional().describe('The service that called on its behalf'),
  })
  .register(components, { id: 'Principal' });

const grant = z
  .object({
    id: z.string().optional(),
    grantee: z.string().optional(),
    retiringPrincipal: z.string().optional(),
    operations: z.array(z.string()).optional(),
    constraints: mapOf(isTextMap, textMapSchema).optional(),
  })
  .register(components, { id: 'Grant' });

const attribution = z
  .object({
    status: z.enum(['exact', 'strong', 'probable', 'ambiguous', 'none']),
    jobs: z.array(
      z.object({
        arn: z.string(),
        type: z.string(),
        createdTime: instant.optional(),
        reasons: z.array(z.string()).optional().describe('Absent only where they are masked'),
      }),
    ),
    reasons: z.array(z.string()).optional().describe('Why no job was found'),
    authorJob: z.object({ arn: z.string() }).optional().describe('The job that wrote the data'),
  })
  .register(components, { id: 'Attribution' });

const source = z
  .object({
    kind: z.enum(['object', 'event-bus', 'lookup-events', 'local-file']),
    name: z.string().optional().describe('`s3://…`, or a path'),
    sha256: z.string().optional().describe('Hex, of the uncompressed bytes'),
  })
  .register(components, { id: 'Source' });

/** A row of the history: one KMS event as it concerns one key. */
export const usageRowSchema = z
  .object({
    eventId: z.string(),
    eventTime: instant,
    accountId: z.string().optional(),
    region: z.string().optional(),
    keyArn: z.string().optional(),
    keyRef: z.string().optional().describe('The key reference in the event, where that is not the ARN'),
    keyFrom: z.enum(['record', 'alias', 'id', 'message']).optional().describe('How `keyArn` is known'),
    keyRole: z.enum(['source', 'destination']).optional().describe('For `ReEncrypt` only'),
    operation: z.string(),
    category: z.enum(['cryptographic', 'grant', 'management']),
    outcome: z.enum(['success', 'denied', 'failed', 'probe']),
    errorCode: z.string().optional(),
    principal,
    encryptionContext: mapOf(isText, { type: 'string' }).optional(),
    grant: grant.optional(),
    keyMaterialId: z.string().optional().describe('Which material of the key, where the record says'),
    customKeyStoreId: z.string().optional(),
    xksKeyId: z.string().optional().describe('The key id in an external key store'),
    sourceIp: z.string().optional(),
    userAgent: z.string().optional(),
    vpcEndpointId: z.string().optional(),
    sharedEventId: z.string().optional(),
    eventCategory: z
      .string()
      .optional()
      .describe(
        'Absent for `Management`. A call through a VPC endpoint may be logged as `NetworkActivity` too',
      ),
    callId: z
      .string()
      .optional()
      .describe('Of calls through a VPC endpoint: two rows that share it are one call, logged as both kinds'),
    copies: z.array(z.string()).optional().describe("The event id of each account's copy"),
    supersedes: z.string().optional(),
    supersededBy: z.string().optional(),
    truncated: z.array(z.string()).optional().describe('Members cut at 4 KB; `copies` is cut at 50 entries'),
    masked: z
      .array(z.string())
      .optional()
      .describe('Paths of members that were removed because the caller lacks `usage:details`'),
    expected: z.enum(['yes', 'no', 'no-rule']).optional(),
    expectation: z.string().optional(),
    attribution,
    source: source
      .optional()
      .describe("Where the record was read, the most trusted of several; in an event's rows only"),
    otherSources: z.array(source).optional().describe('Where else it was read; four are kept in all'),
  })
  .register(components, { id: 'UsageRow' });

const { expiredBefore, window, coverage } = covered;
const coveredList = { window, coverage };

const next = z.string().optional().describe('Give it as `cursor` for what follows; absent at the end');

export const usagePageSchema = z
  .object({ items: z.array(usageRowSchema), next, ...covered })
  .register(components, { id: 'UsagePage' });

export const eventRowsSchema = z
  .object({ items: z.array(usageRowSchema), expiredBefore })
  .register(components, { id: 'EventRows' });

const usageGroup = z
  .object({
    key: z.string().optional().describe('`keyArn`, else `keyRef`; absent where a row has neither'),
    principal: z.string().optional(),
    job: z.string().optional(),
    operation: z.string().optional(),
    category: z.string().optional(),
    outcome: z.string().optional(),
    status: z.string().optional(),
    account: z.string().optional(),
    region: z.string().optional(),
    hour: instant.optional(),
    day: z.string().meta({ format: 'date' }).optional(),
    count,
    ambiguousCount: count.optional().describe('Grouped by job: how many of `count` are ambiguous'),
    firstSeen: instant,
    lastSeen: instant,
  })
  .register(components, { id: 'UsageGroup' });

export const summaryPageSchema = z
  .object({ groups: z.array(usageGroup), next, ...covered })
  .register(components, { id: 'SummaryPage' });

const keySummary = z
  .object({
    arn: z.string(),
    aliases: z.array(z.string()),
    accountId: z.string(),
    region: z.string(),
    firstSeen: instant,
    lastSeen: instant,
    uses: count,
    principals: count.describe('Distinct principals'),
    jobs: count.describe('How many distinct jobs'),
    openAlerts: count,
  })
  .register(components, { id: 'KeySummary' });

export const keyPageSchema = z
  .object({
    items: z.array(keySummary),
    next,
    ...coveredList,
    expiredBefore,
  })
  .register(components, { id: 'KeyPage' });

const lastUse = { lastSeen: instant, uses: count };

export const keyDetailSchema = z
  .object({
    ...keySummary.shape,
    newcomers: z
      .array(z.object({ principal: z.string(), family: z.string(), firstSeen: instant }))
      .describe('Principals of known families that came after learning, newest first, up to 1,000'),
    lastUseByPrincipal: z.array(z.object({ principal: z.string(), ...lastUse })),
    lastUseByJob: z.array(z.object({ job: z.string(), ...lastUse })),
    grants: z
      .array(
        z.object({
          id: z.string(),
          grantee: z.string().optional(),
          retiringPrincipal: z.string().optional(),
          operations: z.array(z.string()).optional(),
          createdTime: instant,
          createdBy: z.string().optional(),
          eventId: z.string(),
        }),
      )
      .describe('Outstanding grants'),
    keyStore: z
      .object({
        kind: z.enum(['cloudhsm', 'external']),
        customKeyStoreId: z.string().optional(),
        xksKeyId: z.string().optional(),
      })
      .optional()
      .describe('The custom key store of its material, where a record names it'),
    materials: z
      .array(
        z.object({
          keyMaterialId: z.string(),
          uses: count,
          firstSeen: instant,
          lastSeen: instant,
          operations: z.array(z.object({ operation: z.string(), ...lastUse })),
        }),
      )
      .describe(
        'Uses by the key material that records name, last used first: whether an old one still decrypts',
      ),
    timeline: z.array(usageRowSchema).describe('The newest management and grant events, oldest first'),
    leftOut: z
      .object({
        lastUseByPrincipal: count.optional(),
        lastUseByJob: count.optional(),
        grants: count.optional(),
        timeline: count.optional(),
      })
      .optional()
      .describe('How many entries of a list the answer had no room for; `/v1/usage?key=` has all rows'),
    expiredBefore,
  })
  .register(components, { id: 'KeyDetail' });

const principalSummary = z
  .object({
    id: z.string(),
    type: principalType,
    accountId: z.string().optional(),
    firstSeen: instant,
    lastSeen: instant,
    uses: count,
    keys: count.describe('How many distinct keys'),
    jobs: count.describe('How many distinct jobs'),
  })
  .register(components, { id: 'PrincipalSummary' });

export const principalDetailSchema = z
  .object({ ...principalSummary.shape, expiredBefore })
  .register(components, { id: 'PrincipalDetail' });

export const principalPageSchema = z
  .object({
    items: z.array(principalSummary),
    next,
    ...coveredList,
    expiredBefore,
  })
  .register(components, { id: 'PrincipalPage' });

const postureKind = z.enum(['customer-managed', 'aws-managed', 'none', 'not-observed']);
const timeFrom = z
  .enum(['told', 'event', 'maximum-runtime', 'next-run'])
  .describe('How the time is known: a record states it, it is the time of a record, or it is a bound');
const jobUses = z.object({ count, firstSeen: instant, lastSeen: instant });

const jobSummary = z
  .object({
    arn: z.string(),
    type: z.string(),
    name: z.string(),
    accountId: z.string(),
    region: z.string(),
    status: z.string().optional(),
    createdTime: instant.optional(),
    startedTime: instant.optional(),
    endedTime: instant.optional().describe('Absent when no record shows an end'),
    roleArn: z.string().optional().describe('The role it runs under'),
    launcher: z
      .object({ id: z.string().optional(), type: principalType, sourceIdentity: z.string().optional() })
      .optional()
      .describe('Who requested it'),
    declaredKeys: z
      .object({
        volume: z.string().optional(),
        output: z.string().optional(),
        data: z.string().optional(),
      })
      .describe('ARNs, or the reference in the request where no ARN is known'),
    usedKeys: z.array(z.string()).describe('Keys of the uses attributed to it'),
    posture: z.object({
      volume: postureKind,
      output: postureKind,
      inputs: postureKind,
      model: postureKind,
    }),
  })
  .register(components, { id: 'JobSummary' });

export const jobPageSchema = z
  .object({
    items: z.array(jobSummary),
    next,
    ...coveredList,
    expiredBefore,
  })
  .register(components, { id: 'JobPage' });

export const jobRunsSchema = z
  .object({
    items: z.array(
      z.object({
        ...jobSummary.shape,
        timesKnownBy: z.object({
          created: timeFrom.optional(),
          started: timeFrom.optional(),
          ended: timeFrom.optional(),
        }),
        roleArns: z.array(z.string()),
        inputs: z.array(z.string()),
        outputs: z.array(z.string()),
        checkpoints: z.array(z.string()),
        maxRuntimeSeconds: z.number().optional(),
        parents: z.array(z.string()).describe('ARNs of its parents'),
        children: z.array(z.string()),
        everyDeclaredKey: z.array(z.string()),
        declaredNeverUsed: z.array(z.string()),
        usedNeverDeclared: z.array(z.string()),
        postureEvidence: z.object({
          volume: z.string(),
          output: z.string(),
          inputs: z.string(),
          model: z.string(),
        }),
        uses: count.describe('Rows attributed to it'),
        usesBeforeCreation: jobUses.optional(),
        usesAfterEnd: jobUses.optional(),
      }),
    ),
    expiredBefore,
  })
  .register(components, { id: 'JobRuns' });

export const healthSchema = z.object({ status: z.literal('ok') }).register(components, { id: 'Health' });

export const openApiSchema = z
  .looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) })
  .register(components, { id: 'OpenApiDocument' });
