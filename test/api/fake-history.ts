import type {
  GroupDimension,
  HistoryQuestions,
  JobDetail,
  JobSummary,
  KeyDetail,
  Order,
  PageRequest,
  PrincipalSummary,
  UsageFilter,
  UsageGroup,
  UsageRow,
  WindowPage,
} from '../../src/history/query/questions.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';

export const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
export const ROLE = 'arn:aws:iam::111122223333:role/service-role/Trainer';
export const JOB = 'arn:aws:sagemaker:us-east-1:111122223333:training-job/churn';

/** A Decrypt of one key by one role at 2026-03-01T10:00:00Z, in no job, but for what is said otherwise. */
export function aRow(differing: Partial<UsageRow> = {}): UsageRow {
  return {
    eventId: 'event-1',
    eventTime: '2026-03-01T10:00:00Z',
    accountId: '111122223333',
    region: 'us-east-1',
    keyArn: KEY,
    keyFrom: 'record',
    operation: 'Decrypt',
    category: 'cryptographic',
    outcome: 'success',
    principal: { id: ROLE, type: 'role', accountId: '111122223333', session: 'SageMaker' },
    attribution: { status: 'none', jobs: [], reasons: ['no job ran'] },
    ...differing,
  };
}

/** `count` rows a second apart, each with its own event id. */
export function rowsASecondApart(count: number, differing: Partial<UsageRow> = {}): UsageRow[] {
  const firstMs = Date.parse('2026-03-01T10:00:00Z');
  return Array.from({ length: count }, (_, index) =>
    aRow({
      eventId: `event-${index}`,
      eventTime: new Date(firstMs + index * 1000).toISOString().replace('.000Z', 'Z'),
      ...differing,
    }),
  );
}

/** A training job that ran from ten to eleven, with the keys it names and no others. */
export function aJob(differing: Partial<JobDetail> = {}): JobDetail {
  return {
    arn: JOB,
    type: 'training-job',
    name: 'churn',
    accountId: '111122223333',
    region: 'us-east-1',
    status: 'Completed',
    createdTime: '2026-03-01T10:00:00Z',
    startedTime: '2026-03-01T10:02:00Z',
    endedTime: '2026-03-01T11:00:00Z',
    roleArn: ROLE,
    launcher: { id: 'arn:aws:iam::111122223333:user/Ada', type: 'user', sourceIdentity: 'ada' },
    declaredKeys: { volume: KEY, output: KEY },
    usedKeys: [KEY],
    posture: {
      volume: 'customer-managed',
      output: 'customer-managed',
      inputs: 'not-observed',
      model: 'not-observed',
    },
    timesKnownBy: { created: 'told', started: 'told', ended: 'told' },
    roleArns: [ROLE],
    inputs: ['s3://data/churn'],
    outputs: ['s3://models/churn'],
    checkpoints: [],
    maxRuntimeSeconds: 86_400,
    parents: [],
    children: [],
    everyDeclaredKey: [KEY],
    declaredNeverUsed: [],
    usedNeverDeclared: [],
    postureEvidence: { volume: 'the request names it', output: 'it was used', inputs: '', model: '' },
    uses: 3,
    usesAfterEnd: { count: 1, firstSeen: '2026-03-01T11:01:00Z', lastSeen: '2026-03-01T11:01:00Z' },
    ...differing,
  };
}

/** A job as the real history lists it: without the members that only its own answer has. */
function summaryOfJob(job: JobDetail): JobSummary {
  const { arn, type, name, accountId, region, status, createdTime, startedTime, endedTime } = job;
  const { roleArn, launcher, declaredKeys, usedKeys, posture } = job;
  return {
    arn,
    type,
    name,
    accountId,
    region,
    ...(status === undefined ? {} : { status }),
    ...(createdTime === undefined ? {} : { createdTime }),
    ...(startedTime === undefined ? {} : { startedTime }),
    ...(endedTime === undefined ? {} : { endedTime }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(launcher === undefined ? {} : { launcher }),
    declaredKeys,
    usedKeys,
    posture,
  };
}

/** What each question was last asked with. */
interface Asked {
  filter?: UsageFilter;
  groupBy?: readonly GroupDimension[];
  page?: PageRequest & { readonly order?: Order };
  reference?: string;
}

export interface FakeHistory extends HistoryQuestions {
  readonly asked: Asked;
  /** Set to make every question reject with it. */
  failure: unknown;
  /** Set to have days expired before it. */
  expired: string | undefined;
}

/** A history over an array of rows, which answers each question the slow and obvious way. */
export function fakeHistory(rows: readonly UsageRow[] = [], jobs: readonly JobDetail[] = []): FakeHistory {
  const asked: Asked = {};
  const sorted = [...rows].sort((a, b) => compare(a.eventTime, b.eventTime) || compare(a.eventId, b.eventId));
  const keyArns = [...new Set(sorted.flatMap((row) => row.keyArn ?? []))].sort();
  const ids = [...new Set(sorted.flatMap((row) => row.principal.id ?? []))].sort();
  const history: FakeHistory = {
    asked,
    failure: undefined,
    expired: undefined,
    until: () => history,
    async usage(filter, page) {
      Object.assign(asked, { filter, page });
      refuse();
      const found = sorted.filter((row) => matches(row, filter));
      return pageOf(page.order === 'desc' ? found.reverse() : found, page, 'usage');
    },
    async summary(filter, groupBy, page) {
      Object.assign(asked, { filter, groupBy, page });
      refuse();
      const found = sorted.filter((row) => matches(row, filter));
      return pageOf(grouped(found, groupBy), page, 'summary');
    },
    async event(eventId) {
      asked.reference = eventId;
      refuse();
      return sorted.filter((row) => row.eventId === eventId);
    },
    async covering() {
      const { window, coverage } = pageOf([], { limit: 1 }, 'covering');
      return { window, coverage };
    },
    async expiredBefore() {
      refuse();
      return history.expired;
    },
    async keys(page) {
      refuse();
      return pageOf(
        keyArns.map((arn) => keyDetail(arn)),
        page,
        'keys',
      );
    },
    async key(reference) {
      asked.reference = reference;
      refuse();
      return keyArns.includes(reference) ? keyDetail(reference) : undefined;
    },
    async jobs(window, page) {
      Object.assign(asked, { filter: window, page });
      refuse();
      return pageOf(jobs.map(summaryOfJob), page, 'jobs');
    },
    async job(arn) {
      asked.reference = arn;
      refuse();
      return jobs.filter((job) => job.arn === arn);
    },
    async principals(page) {
      refuse();
      return pageOf(
        ids.map((id) => principal(id)),
        page,
        'principals',
      );
    },
    async principal(id) {
      asked.reference = id;
      refuse();
      return ids.includes(id) ? principal(id) : undefined;
    },
    async ping() {
      refuse();
    },
  };
  return history;

  function refuse(): void {
    if (history.failure !== undefined) throw history.failure;
  }

  /** With members that the list of keys does not promise. */
  function keyDetail(arn: string): KeyDetail {
    const uses = sorted.filter((row) => row.keyArn === arn);
    const seen = firstAndLast(uses);
    return {
      arn,
      aliases: ['alias/data'],
      accountId: '111122223333',
      region: 'us-east-1',
      ...seen,
      uses: uses.length,
      principals: 1,
      jobs: 0,
      openAlerts: 0,
      newcomers: [{ principal: ROLE, family: '111122223333 role Trainer', firstSeen: seen.firstSeen }],
      lastUseByPrincipal: [{ principal: ROLE, lastSeen: seen.lastSeen, uses: uses.length }],
      lastUseByJob: [],
      grants: [{ id: 'grant-1', createdTime: seen.firstSeen, eventId: 'event-1' }],
      materials: [
        {
          keyMaterialId: 'a1',
          uses: 1,
          ...seen,
          operations: [{ operation: 'Decrypt', uses: 1, lastSeen: seen.lastSeen }],
        },
      ],
      timeline: uses.filter((row) => row.category !== 'cryptographic'),
    };
  }

  function principal(id: string): PrincipalSummary {
    const uses = sorted.filter((row) => row.principal.id === id);
    return { id, type: 'role', ...firstAndLast(uses), uses: uses.length, keys: 1, jobs: 0 };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstAndLast(rows: readonly UsageRow[]): { firstSeen: string; lastSeen: string } {
  return { firstSeen: rows[0]?.eventTime ?? '', lastSeen: rows.at(-1)?.eventTime ?? '' };
}

function matches(row: UsageRow, filter: UsageFilter): boolean {
  const timeMs = Date.parse(row.eventTime);
  const has = (wanted: readonly string[] | undefined, ...values: (string | undefined)[]) =>
    wanted === undefined || values.some((value) => value !== undefined && wanted.includes(value));
  return (
    has(filter.key, row.keyArn, row.keyRef) &&
    has(filter.principal, row.principal.id) &&
    has(filter.job, ...row.attribution.jobs.map((job) => job.arn)) &&
    has(filter.operation, row.operation) &&
    has(filter.category, row.category) &&
    has(filter.outcome, row.outcome) &&
    has(filter.status, row.attribution.status) &&
    has(filter.account, row.accountId) &&
    has(filter.region, row.region) &&
    (filter.fromMs === undefined || timeMs >= filter.fromMs) &&
    (filter.toMs === undefined || timeMs < filter.toMs)
  );
}

function grouped(rows: readonly UsageRow[], groupBy: readonly GroupDimension[]): UsageGroup[] {
  const groups = new Map<string, UsageRow[]>();
  const dimensionOf = (row: UsageRow, dimension: GroupDimension): string | undefined =>
    dimension === 'key'
      ? (row.keyArn ?? row.keyRef)
      : dimension === 'principal'
        ? row.principal.id
        : dimension === 'operation'
          ? row.operation
          : dimension === 'day'
            ? row.eventTime.slice(0, 10)
            : dimension === 'hour'
              ? `${row.eventTime.slice(0, 13)}:00:00Z`
              : undefined;
  for (const row of rows) {
    const name = JSON.stringify(groupBy.map((dimension) => [dimension, dimensionOf(row, dimension)]));
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, members]) => ({
    ...Object.fromEntries(JSON.parse(name).filter(([, value]: [string, unknown]) => value !== null)),
    count: members.length,
    ...firstAndLast(members),
  }));
}

/** A cursor is the question's name and how many items came before. */
function pageOf<T>(all: readonly T[], { limit, cursor }: PageRequest, question: string): WindowPage<T> {
  const covered = {
    window: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' },
    coverage: { hours: 24, observed: 5, silent: 19 },
  };
  const [asked, before] = (cursor ?? `${question}:0`).split(':');
  const start = Number(before);
  if (asked !== question || !Number.isInteger(start)) throw new KeytrailError('bad-cursor', 'Not a cursor.');
  const end = start + limit;
  const items = all.slice(start, end);
  return end < all.length ? { items, ...covered, next: `${question}:${end}` } : { items, ...covered };
}
