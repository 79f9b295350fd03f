import { type AliasFact, aliasNameOf } from '../../kms/alias-timeline.ts';
import { isKeyArn } from '../../kms/key-arn.ts';
import {
  type DeclaredKeys,
  declaredKeysOf,
  isAliasOfAws,
  resolverOf,
} from '../../sagemaker/declared-keys.ts';
import {
  JOB_PARTS,
  type JobPart,
  type KeysByPart,
  type PartPosture,
  postureOf,
} from '../../sagemaker/encryption-posture.ts';
import type { Job } from '../../sagemaker/job.ts';
import type { S3Location } from '../../sagemaker/job-fact.ts';
import { compareTexts } from '../../text/text-order.ts';
import { DAY_MS, isoTime } from '../../utc-time.ts';
import type { Evidence } from '../evidence/evidence-store.ts';
import type { JobUse } from '../pages/job-page.ts';
import { askSummary } from './ask-summary.ts';
import type { HistoryView, JobKnowledge } from './history-view.ts';
import type { JobDetail, JobSummary, JobUses } from './questions.ts';

/** Uses that list a job are near its lifetime: times in its records may be a little early or late. */
const DAYS_AROUND_LIFE = 1;

/** The runs that may have been alive in a window, oldest first. */
export function jobsAlive(evidence: Evidence, fromMs: number, toMs: number): Job[] {
  return inOrder(
    evidence.jobs.filter((job) => {
      const life = lifeOf(job);
      return life.fromMs < toMs && life.toMs >= fromMs;
    }),
  );
}

/** From its creation to its end, as far as they are known. */
function lifeOf({ created, started, ended }: Job): { fromMs: number; toMs: number } {
  return {
    fromMs: created?.timeMs ?? started?.timeMs ?? ended?.timeMs ?? Number.NEGATIVE_INFINITY,
    toMs: ended?.timeMs ?? Number.POSITIVE_INFINITY,
  };
}

/** By creation, those without a known one first, then by id. */
export function inOrder(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => comparePositions(jobPosition(a), jobPosition(b)));
}

export function jobPosition(job: Job): [createdMs: number, id: string] {
  return [job.created?.timeMs ?? 0, job.id];
}

export function isJobAfter(job: Job, [createdMs, id]: readonly (string | number)[]): boolean {
  return comparePositions(jobPosition(job), [Number(createdMs), String(id)]) > 0;
}

function comparePositions(a: [number, string], b: [number, string]): number {
  return a[0] - b[0] || compareTexts(a[1], b[1]);
}

/** Jobs as a list answers them. */
export async function jobSummaries(
  view: HistoryView,
  jobs: readonly Job[],
  knowledge: JobKnowledge,
): Promise<JobSummary[]> {
  const uses = await usesOfRuns(view, jobs, knowledge);
  return jobs.map((job) => summaryOf(job, uses.get(job.id) ?? [], knowledge));
}

/** Jobs with all that is known of each. */
export async function jobDetails(
  view: HistoryView,
  jobs: readonly Job[],
  knowledge: JobKnowledge,
): Promise<JobDetail[]> {
  const uses = await usesOfRuns(view, jobs, knowledge);
  const details: JobDetail[] = [];
  for (const job of jobs) {
    const runs = jobs.filter(({ arn }) => arn === job.arn);
    details.push(await detailOf(view, job, uses.get(job.id) ?? [], runs, knowledge));
  }
  return details;
}

/** The uses that list each run, by its id. Where a name is reused, a use belongs to the run that it names. */
async function usesOfRuns(
  view: HistoryView,
  jobs: readonly Job[],
  { evidence }: JobKnowledge,
): Promise<Map<string, JobUse[]>> {
  const byId = new Map<string, JobUse[]>(jobs.map((job) => [job.id, []]));
  if (jobs.length === 0) return byId;
  const lives = jobs.map(lifeOf);
  const days = await view.open(
    view.days(
      Math.min(...lives.map(({ fromMs }) => fromMs)) - DAYS_AROUND_LIFE * DAY_MS,
      Math.max(...lives.map(({ toMs }) => toMs)) + DAYS_AROUND_LIFE * DAY_MS,
    ),
  );
  const arns = new Set(jobs.map((job) => job.arn));
  // All runs of the names: uses of a run that is not asked for belong to no other.
  const runs = Map.groupBy(
    evidence.jobs.filter(({ arn }) => arns.has(arn)),
    ({ arn }) => arn,
  );
  for (const jobDays of (await view.jobDaysOf(arns, days)).values()) {
    for (const { arn, uses } of jobDays) {
      for (const use of uses) {
        const [only, ...others] = runs.get(arn) ?? [];
        const run =
          others.length === 0
            ? only
            : runs.get(arn)?.find((candidate) => candidate.created?.timeMs === use.createdMs);
        if (run !== undefined) byId.get(run.id)?.push(use);
      }
    }
  }
  return byId;
}

function summaryOf(job: Job, uses: readonly JobUse[], { aliases }: JobKnowledge): JobSummary {
  const declared = declaredKeysOf(job, resolverOf(aliases));
  const { named } = declared;
  const posture = posturesOf(job, uses, declared, aliases);
  const { launcher } = job;
  const [roleArn] = job.roleArns;
  return {
    arn: job.arn,
    type: job.type,
    name: job.name,
    accountId: job.accountId,
    region: job.region,
    ...(job.status === undefined ? {} : { status: job.status }),
    ...(job.created === undefined ? {} : { createdTime: isoTime(job.created.timeMs) }),
    ...(job.started === undefined ? {} : { startedTime: isoTime(job.started.timeMs) }),
    ...(job.ended?.from === 'told' || job.ended?.from === 'event'
      ? { endedTime: isoTime(job.ended.timeMs) }
      : {}),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(launcher === undefined ? {} : { launcher }),
    declaredKeys: {
      ...(named.volume[0] === undefined ? {} : { volume: named.volume[0] }),
      ...(named.output[0] === undefined ? {} : { output: named.output[0] }),
      ...(named.data[0] === undefined ? {} : { data: named.data[0] }),
    },
    usedKeys: keysOf(uses),
    posture: {
      volume: posture.volume.kind,
      output: posture.output.kind,
      inputs: posture.inputs.kind,
      model: posture.model.kind,
    },
  };
}

async function detailOf(
  view: HistoryView,
  job: Job,
  uses: readonly JobUse[],
  runs: readonly Job[],
  knowledge: JobKnowledge,
): Promise<JobDetail> {
  const declared = declaredKeysOf(job, resolverOf(knowledge.aliases));
  const everyDeclared = [...new Set([...declared.volume, ...declared.output, ...declared.data])].sort();
  const declaredNames = new Set<string>(everyDeclared);
  const used = keysOf(uses);
  const posture = posturesOf(job, uses, declared, knowledge.aliases);
  const startMs = job.created?.timeMs ?? job.started?.timeMs;
  const before =
    startMs === undefined ? undefined : await usesBetween(view, job, lastBefore(runs, startMs), startMs);
  const endMs = job.ended?.timeMs;
  const after = endMs === undefined ? undefined : await usesBetween(view, job, endMs, nextAfter(runs, endMs));
  return {
    ...summaryOf(job, uses, knowledge),
    timesKnownBy: {
      ...(job.created === undefined ? {} : { created: job.created.from }),
      ...(job.started === undefined ? {} : { started: job.started.from }),
      ...(job.ended === undefined ? {} : { ended: job.ended.from }),
    },
    roleArns: [...job.roleArns],
    inputs: job.inputs.map(uriOf),
    outputs: job.outputs.map((location) => outputUriOf(job, location)),
    checkpoints: job.checkpoints.map(uriOf),
    ...(job.maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds: job.maxRuntimeSeconds }),
    parents: [...job.parents],
    children: [...job.children],
    everyDeclaredKey: everyDeclared,
    declaredNeverUsed: everyDeclared.filter((key) => !used.includes(key)),
    usedNeverDeclared: used.filter((key) => !declaredNames.has(key)),
    postureEvidence: {
      volume: posture.volume.evidence,
      output: posture.output.evidence,
      inputs: posture.inputs.evidence,
      model: posture.model.evidence,
    },
    uses: uses.reduce((sum, use) => sum + use.count, 0),
    ...(before === undefined ? {} : { usesBeforeCreation: before }),
    ...(after === undefined ? {} : { usesAfterEnd: after }),
  };
}

/** Where a run before this one ended, or began where its end is not known. */
function lastBefore(runs: readonly Job[], timeMs: number): number {
  const times = runs
    .flatMap((run) => [run.created?.timeMs, run.ended?.timeMs])
    .filter((time) => time !== undefined && time < timeMs);
  return Math.max(Number.NEGATIVE_INFINITY, ...(times as number[]));
}

function nextAfter(runs: readonly Job[], timeMs: number): number {
  const times = runs.map((run) => run.created?.timeMs).filter((time) => time !== undefined && time > timeMs);
  return Math.min(Number.POSITIVE_INFINITY, ...(times as number[]));
}

/** The uses of a job in a stretch of time; undefined where there are none. */
async function usesBetween(
  view: HistoryView,
  job: Job,
  fromMs: number,
  toMs: number,
): Promise<JobUses | undefined> {
  const question = { filter: { job: [job.arn] }, fromMs, toMs, keyNames: undefined };
  const { items } = await askSummary(view, question, [], { limit: 1 }, 'uses of a job');
  const [group] = items;
  return group === undefined
    ? undefined
    : { count: group.count, firstSeen: group.firstSeen, lastSeen: group.lastSeen };
}

function posturesOf(
  job: Job,
  uses: readonly JobUse[],
  declared: DeclaredKeys,
  aliases: ReadonlyMap<string, readonly AliasFact[]>,
): Record<JobPart, PartPosture> {
  const observed: Partial<Record<JobPart, string[]>> = {};
  for (const { part, keyName, ambiguousCount, count } of uses) {
    // A use that several jobs may have made proves nothing of one.
    if (part === null || ambiguousCount === count || !keyName.startsWith('arn:')) continue;
    observed[part] = [...(observed[part] ?? []), keyName];
  }
  const said: KeysByPart = {
    // An alias that no record resolves is a key that the request names.
    volume: declared.named.volume,
    output: declared.named.output,
    inputs: declared.named.data,
    // The key of an endpoint's configuration encrypts the storage that its models are loaded to.
    ...(job.type === 'endpoint' ? { model: declared.named.volume } : {}),
  };
  const managed = awsManagedKeys(aliases);
  const isAwsManaged = (key: string) => {
    if (isKeyArn(key)) return managed.has(key);
    const name = aliasNameOf(key, job.accountId, job.region);
    return name === undefined ? undefined : isAliasOfAws(name.alias);
  };
  const posture = (part: JobPart) => postureOf(job, part, said, observed, isAwsManaged);
  return Object.fromEntries(JOB_PARTS.map((part) => [part, posture(part)])) as Record<JobPart, PartPosture>;
}

/** Keys that an alias of AWS's own stands for. */
function awsManagedKeys(aliases: ReadonlyMap<string, readonly AliasFact[]>): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [name, facts] of aliases) {
    if (!isAliasOfAws(name.slice(name.indexOf('alias/')))) continue;
    for (const { keyArn } of facts) if (keyArn !== undefined) keys.add(keyArn);
  }
  return keys;
}

function keysOf(uses: readonly JobUse[]): string[] {
  return [...new Set(uses.map((use) => use.keyName).filter((name) => name.startsWith('arn:')))].sort();
}

function uriOf({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

function outputUriOf(job: Job, location: S3Location): string {
  return location.belowJobName === true ? `${uriOf(location)}/${job.name}` : uriOf(location);
}
