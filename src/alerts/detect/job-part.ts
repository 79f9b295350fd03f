import type { JobKnowledge } from '../../history/query/history-view.ts';
import { type AliasName, aliasKey, aliasNameOf } from '../../kms/alias-timeline.ts';
import { declaredKeysOf, resolverOf } from '../../sagemaker/declared-keys.ts';
import type { Job } from '../../sagemaker/job.ts';
import { compareTexts } from '../../text/text-order.ts';
import { isAwsPrincipal } from './aws-principal.ts';

/** The part of the evidence that has the resources which may live for ever; other parts are months of creation. */
export const LASTING = 'lasting';

/** The oldest grant of one key, creator and service. */
export interface ServiceGrantGiven {
  readonly keyArn: string;
  readonly creator: string;
  readonly grantee: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** What an alias meant when a job declared it. */
interface DeclaredAlias {
  readonly alias: AliasName;
  readonly timeMs: number;
  readonly keyArn?: string;
}

/** What the jobs and grants of one part of the evidence show, for rules and verdicts. */
export interface EvidencePart {
  readonly format: 1;
  /** ARNs of keys that its jobs declare. */
  readonly mlKeys: readonly string[];
  readonly aliases: readonly DeclaredAlias[];
  readonly grants: readonly ServiceGrantGiven[];
  /** ARNs of the roles of its jobs. */
  readonly roles: readonly string[];
  /** By account and Region, the time of its first request for a job, epoch milliseconds. */
  readonly begins: Readonly<Record<string, number>>;
  /** Whether it has a job whose role only a fact of another part can tell. */
  readonly hasOpenRoles?: true;
}

/** The part that a job belongs to; undefined when no time of it is known. */
export function partOfJob({ type, created, started, ended }: Job): string | undefined {
  if (type !== 'job' && !type.endsWith('-job')) return LASTING;
  return monthOf((created ?? started ?? ended)?.timeMs);
}

/** The month of a time: `2026-03`. */
function monthOf(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString().slice(0, 7);
}

/** What a part shows. @param jobs those of the part */
export function jobPartOf(part: string, jobs: readonly Job[], knowledge: JobKnowledge): EvidencePart {
  const resolve = resolverOf(knowledge.aliases);
  const keys = new Set<string>();
  const aliases = new Map<string, DeclaredAlias>();
  const begins: Record<string, number> = Object.create(null);
  for (const job of jobs) {
    const { volume, output, data } = declaredKeysOf(job, resolve);
    for (const key of [...volume, ...output, ...data]) keys.add(key);
    for (const declared of aliasesOf(job))
      aliases.set(`${aliasKey(declared.alias)} ${declared.timeMs}`, withMeaning(declared, resolve));
    if (part === LASTING || job.created?.from !== 'event') continue;
    const place = placeName(job.accountId, job.region);
    begins[place] = Math.min(begins[place] ?? Number.POSITIVE_INFINITY, job.created.timeMs);
  }
  const roles = new Set(jobs.flatMap(({ roleArns }) => roleArns));
  const grants = knowledge.evidence.grants.filter(({ timeMs }) => monthOf(timeMs) === part);
  return {
    format: 1,
    mlKeys: [...keys].sort(compareTexts),
    aliases: [...aliases].sort(([a], [b]) => compareTexts(a, b)).map(([, alias]) => alias),
    grants: serviceGrantsIn(grants),
    roles: [...roles].sort(compareTexts),
    begins,
    ...(part !== LASTING && jobs.some(({ roleArns }) => roleArns.length === 0) ? { hasOpenRoles: true } : {}),
  };
}

/** Whether the aliases that a part's jobs declare still mean the same. */
export function areAliasesAsBefore(
  { aliases }: EvidencePart,
  knowledge: Pick<JobKnowledge, 'aliases'>,
): boolean {
  const resolve = resolverOf(knowledge.aliases);
  return aliases.every(({ alias, timeMs, keyArn }) => resolve(alias, timeMs) === keyArn);
}

/** An account and Region as one text. */
export function placeName(accountId: string | undefined, region: string | undefined): string {
  return `${accountId ?? ''}/${region ?? ''}`;
}

/** The oldest grant of each kind, in a fixed order. */
export function firstOfKind(grants: Iterable<ServiceGrantGiven>): ServiceGrantGiven[] {
  const byKind = new Map<string, ServiceGrantGiven>();
  for (const grant of grants) {
    const kind = `${grant.keyArn} ${grant.creator} ${grant.grantee}`;
    const known = byKind.get(kind);
    if (known === undefined || isBefore(grant, known)) byKind.set(kind, grant);
  }
  return [...byKind].sort(([a], [b]) => compareTexts(a, b)).map(([, grant]) => grant);
}

function isBefore(one: ServiceGrantGiven, other: ServiceGrantGiven): boolean {
  return one.timeMs - other.timeMs < 0 || (one.timeMs === other.timeMs && one.accountId < other.accountId);
}

function serviceGrantsIn(grants: JobKnowledge['evidence']['grants']): ServiceGrantGiven[] {
  return firstOfKind(
    grants.flatMap(({ keyArn, creator, grantee, accountId, timeMs }) =>
      keyArn === undefined || creator === undefined || grantee === undefined || !isAwsPrincipal(grantee)
        ? []
        : [{ keyArn, creator, grantee, accountId, timeMs }],
    ),
  );
}

function aliasesOf(job: Job): DeclaredAlias[] {
  const timeMs = (job.created ?? job.started ?? job.ended)?.timeMs;
  if (timeMs === undefined) return [];
  return [...job.volumeKeys, ...job.outputKeys, ...job.dataKeys].flatMap((reference) => {
    const alias = aliasNameOf(reference, job.accountId, job.region);
    return alias === undefined ? [] : [{ alias, timeMs }];
  });
}

function withMeaning(declared: DeclaredAlias, resolve: ReturnType<typeof resolverOf>): DeclaredAlias {
  const keyArn = resolve(declared.alias, declared.timeMs);
  return keyArn === undefined ? declared : { ...declared, keyArn };
}
