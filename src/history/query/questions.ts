import type { AttributionStatus } from '../../attribution/judgement.ts';
import type { Principal, PrincipalType } from '../../cloudtrail/identity.ts';
import type { GrantDetail, KeyFrom, OperationCategory, Outcome } from '../../kms/key-use.ts';
import type { JobPart, KeyKind } from '../../sagemaker/encryption-posture.ts';
import type { Job, TimeFrom } from '../../sagemaker/job.ts';
import type { Attribution } from '../facts/judgement-text.ts';
import type { SourceKind } from '../facts/source.ts';

/** Filters of `/v1/usage` and its summary: values of one are OR, different ones are AND, absent is no filter. */
export interface UsageFilter {
  /** Key ARNs, bare ids, aliases with or without `alias/`, or alias ARNs. */
  readonly key?: readonly string[];
  readonly principal?: readonly string[];
  readonly job?: readonly string[];
  readonly operation?: readonly string[];
  readonly category?: readonly OperationCategory[];
  readonly outcome?: readonly Outcome[];
  readonly status?: readonly AttributionStatus[];
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly expected?: readonly ('yes' | 'no' | 'no-rule')[];
  /** Ids of the files that gave the record. */
  readonly sourceId?: readonly string[];
  /** Inclusive, epoch milliseconds. Default: the first row. */
  readonly fromMs?: number;
  /** Exclusive, epoch milliseconds. Default: just after the newest row. */
  readonly toMs?: number;
}

/** Defaults as of `UsageFilter`. */
export type TimeWindow = Pick<UsageFilter, 'fromMs' | 'toMs'>;

/** The filters of other answers whose values are names in the history. */
export type NamedFilter = Pick<UsageFilter, 'key' | 'principal'>;

export type Order = 'asc' | 'desc';

export const GROUP_DIMENSIONS = [
  'key',
  'principal',
  'job',
  'operation',
  'category',
  'outcome',
  'status',
  'account',
  'region',
  'hour',
  'day',
] as const;

export type GroupDimension = (typeof GROUP_DIMENSIONS)[number];

/** One group of a summary. A dimension that its rows have no value for is absent. */
export type UsageGroup = { readonly [D in GroupDimension]?: string } & {
  readonly count: number;
  /** In a summary by job: how many of `count` are ambiguous. */
  readonly ambiguousCount?: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
};

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; absent on the last page. */
  readonly next?: string;
}

/** A value of a filter that nothing in the history matches, with the nearest that something does. */
export interface UnmatchedValue {
  readonly parameter: string;
  readonly value: string;
  /** Nearest first; empty where nothing is near. */
  readonly closest: readonly string[];
}

/**
 * How much of what an answer covers the history knows: account × Region × hours of event time, each in one state. States
 * that nothing measures yet are absent, and their hours are among those of the others.
 */
export interface Coverage {
  readonly hours: number;
  /** Hours in which rows of the account and Region came. */
  readonly observed: number;
  /** Hours without a row, after the first of the account and Region and up to the newest of the history. */
  readonly silent: number;
}

/** A page of an answer about a window of time. */
export interface WindowPage<T> extends Page<T> {
  /** What the answer covers: from the first row to just after the newest where no bound was given. ISO 8601. */
  readonly window: { readonly from: string; readonly to: string };
  /** Of the accounts and Regions that were asked about: a key's own, those of the filters, else all. */
  readonly coverage: Coverage;
  /** On a first page, the filters' values that are nowhere in the history. */
  readonly unmatched?: readonly UnmatchedValue[];
  /** Present where the window includes days whose rows have expired: rows before this time are not answered. ISO 8601. */
  readonly expiredBefore?: string;
}

/** An answer over all days, with the end of those whose rows have expired. */
export type WithExpiry<T> = T & Pick<WindowPage<T>, 'expiredBefore'>;

export interface PageRequest {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface UsagePageRequest extends PageRequest {
  readonly order: Order;
  /** Whether rows say where their records were read. */
  readonly withSources?: boolean;
}

export interface KeySummary {
  readonly arn: string;
  readonly aliases: readonly string[];
  readonly accountId: string;
  readonly region: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly uses: number;
  /** How many distinct principals. */
  readonly principals: number;
  /** How many distinct jobs. */
  readonly jobs: number;
  readonly openAlerts: number;
}

export interface OutstandingGrant {
  readonly id: string;
  readonly grantee?: string;
  readonly retiringPrincipal?: string;
  readonly operations?: readonly string[];
  readonly createdTime: string;
  readonly createdBy?: string;
  readonly eventId: string;
}

/** A custom key store: a CloudHSM cluster, or one outside AWS where the key has an id of its own. */
export interface KeyStore {
  readonly kind: 'cloudhsm' | 'external';
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
}

/** A principal of a family that was known on a key when it was first seen there, after the key's learning period. */
export interface Newcomer {
  readonly principal: string;
  readonly family: string;
  readonly firstSeen: string;
}

export interface KeyDetail extends KeySummary {
  /** Newest first, up to 1,000. Nobody is notified of them. */
  readonly newcomers: readonly Newcomer[];
  readonly lastUseByPrincipal: readonly {
    readonly principal: string;
    readonly lastSeen: string;
    readonly uses: number;
  }[];
  readonly lastUseByJob: readonly {
    readonly job: string;
    readonly lastSeen: string;
    readonly uses: number;
  }[];
  readonly grants: readonly OutstandingGrant[];
  /** Where its material is, from its newest use or else its timeline; absent where neither says it. */
  readonly keyStore?: KeyStore;
  /** By the id of the key material that the records name, last used first; uses that name none are in none. */
  readonly materials: readonly KeyMaterial[];
  /** The newest rows of category `management` and `grant`, oldest first. */
  readonly timeline: readonly UsageRow[];
  /** By the name of a list above, how many there are beside those listed; absent where all are listed. */
  readonly leftOut?: Readonly<Partial<Record<KeyList, number>>>;
}

/** The lists of a key that may be longer than an answer. */
export type KeyList = 'lastUseByPrincipal' | 'lastUseByJob' | 'grants' | 'timeline';

/** The uses of a key that name one material of it. */
export interface KeyMaterial {
  readonly keyMaterialId: string;
  readonly uses: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** By operation; `Decrypt` says whether what an old material encrypted is still read. */
  readonly operations: readonly {
    readonly operation: string;
    readonly uses: number;
    readonly lastSeen: string;
  }[];
}

export interface PrincipalSummary {
  readonly id: string;
  readonly type: PrincipalType;
  readonly accountId?: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly uses: number;
  /** How many distinct keys. */
  readonly keys: number;
  /** How many distinct jobs. */
  readonly jobs: number;
}

/** A SageMaker job, or another resource that runs under a role and uses keys: one run of a name. */
export interface JobSummary {
  readonly arn: string;
  readonly type: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly status?: string;
  readonly createdTime?: string;
  readonly startedTime?: string;
  /** Absent where no record says that it ended. */
  readonly endedTime?: string;
  /** The role it runs under. */
  readonly roleArn?: string;
  /** Who asked for it. */
  readonly launcher?: Job['launcher'];
  /** Key ARNs, or what the request called a key that is not known. */
  readonly declaredKeys: { readonly volume?: string; readonly output?: string; readonly data?: string };
  /** Key ARNs, of uses that list it. */
  readonly usedKeys: readonly string[];
  readonly posture: Readonly<Record<JobPart, KeyKind>>;
}

/** Uses of a job in a period. */
export interface JobUses {
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

export interface JobDetail extends JobSummary {
  /** How its times are known. */
  readonly timesKnownBy: {
    readonly created?: TimeFrom;
    readonly started?: TimeFrom;
    readonly ended?: TimeFrom;
  };
  readonly roleArns: readonly string[];
  /** `s3://…` */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly checkpoints: readonly string[];
  readonly maxRuntimeSeconds?: number;
  readonly parents: readonly string[];
  readonly children: readonly string[];
  /** Every key that it declares, for whatever part. */
  readonly everyDeclaredKey: readonly string[];
  readonly declaredNeverUsed: readonly string[];
  readonly usedNeverDeclared: readonly string[];
  readonly postureEvidence: Readonly<Record<JobPart, string>>;
  /** Uses that list it. */
  readonly uses: number;
  readonly usesBeforeCreation?: JobUses;
  readonly usesAfterEnd?: JobUses;
}

/**
 * The questions that the API, the command line and reports ask of a history. Every method answers from all
 * that was acknowledged before it was called. A cursor of another question throws a `KeytrailError` of code
 * `bad-cursor`.
 */
export interface HistoryQuestions {
  /**
   * The same questions, which end with a `KeytrailError` of code `interrupted` soon after the signal says that nobody waits
   * for the answer any more.
   */
  until(signal: AbortSignal): HistoryQuestions;
  usage(filter: UsageFilter, page: UsagePageRequest): Promise<WindowPage<UsageRow>>;
  summary(
    filter: UsageFilter,
    groupBy: readonly GroupDimension[],
    page: PageRequest,
  ): Promise<WindowPage<UsageGroup>>;
  /** What an answer about all of the history covers, and which values of its filter are nowhere in it. */
  covering(filter: NamedFilter): Promise<Omit<WindowPage<never>, 'items' | 'next'>>;
  /** The rows of one event with their sources, whichever copy's id is given; empty where there is none. */
  event(eventId: string): Promise<readonly UsageRow[]>;
  /** The end of the last day whose rows have expired, ISO 8601; undefined where none have. */
  expiredBefore(): Promise<string | undefined>;
  keys(page: PageRequest): Promise<WindowPage<KeySummary>>;
  /** By ARN, bare id or alias; undefined where no row names it. */
  key(reference: string): Promise<WithExpiry<KeyDetail> | undefined>;
  principals(page: PageRequest): Promise<WindowPage<PrincipalSummary>>;
  principal(id: string): Promise<WithExpiry<PrincipalSummary> | undefined>;
  /** The runs that may have been alive in a window, oldest first. */
  jobs(window: TimeWindow, page: PageRequest): Promise<WindowPage<JobSummary>>;
  /** Every run of an ARN, oldest first; empty where no record names one. */
  job(arn: string): Promise<readonly JobDetail[]>;
  /** Resolves when the store answers; rejects with `KeytrailError` of code `store-unavailable`. */
  ping(): Promise<void>;
}

/** Where a record was read. What does not apply is absent. */
export interface RowSource {
  readonly kind: SourceKind;
  /** `s3://…` or a path. */
  readonly name?: string;
  /** Hex of the SHA-256 of the uncompressed bytes. */
  readonly sha256?: string;
}

/** Where a row's record was read, and, where there is more than one such place, the others. */
export interface RowSources {
  readonly source?: RowSource;
  readonly otherSources?: readonly RowSource[];
}

/** A row of the history as every door answers it: one KMS event as it concerns one key. */
export interface UsageRow extends RowSources {
  readonly eventId: string;
  /** ISO 8601 UTC with `Z`; milliseconds only where the record had them. */
  readonly eventTime: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly keyArn?: string;
  readonly keyRef?: string;
  readonly keyFrom?: KeyFrom;
  readonly keyRole?: 'source' | 'destination';
  readonly operation: string;
  readonly category: OperationCategory;
  readonly outcome: Outcome;
  readonly errorCode?: string;
  readonly principal: Principal;
  readonly encryptionContext?: Readonly<Record<string, string>>;
  readonly grant?: GrantDetail;
  readonly keyMaterialId?: string;
  readonly customKeyStoreId?: string;
  readonly xksKeyId?: string;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  readonly vpcEndpointId?: string;
  readonly sharedEventId?: string;
  readonly eventCategory?: string;
  readonly callId?: string;
  readonly copies?: readonly string[];
  readonly supersedes?: string;
  readonly supersededBy?: string;
  /** Members cut at 4 KB. */
  readonly truncated?: readonly string[];
  /** Members left out for who asks, by their paths. */
  readonly masked?: readonly string[];
  /** What the expectations say of it, once there are any, and which one allows it. */
  readonly expected?: 'yes' | 'no' | 'no-rule';
  readonly expectation?: string;
  readonly attribution: Attribution;
}
