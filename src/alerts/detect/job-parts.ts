import { roleKeyOf } from '../../attribution/role-key.ts';
import { readAliases } from '../../history/evidence/alias-items.ts';
import type { History } from '../../history/query/history.ts';
import type { JobKnowledge } from '../../history/query/history-view.ts';
import type { Aliases } from '../../kms/alias-timeline.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import type { Job } from '../../sagemaker/job.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import {
  areAliasesAsBefore,
  type EvidencePart,
  firstOfKind,
  jobPartOf,
  LASTING,
  partOfJob,
  type ServiceGrantGiven,
} from './job-part.ts';

const PARTS_PK = 'job-part';
/** Facts of this many months after its creation may concern a job: none runs for longer. */
const MONTHS_AFTER = 2;
/** The most months whose jobs are read together. */
const MONTHS_AT_ONCE = 6;

interface StoredPart {
  readonly part: EvidencePart;
  /** Of the facts that it was made of. */
  readonly version: string;
}

/** Facts about jobs that rules and verdicts of all days depend on. */
export interface KnownOfJobs {
  /** ARNs of keys that jobs declare. */
  readonly mlKeys: ReadonlySet<string>;
  readonly grants: readonly ServiceGrantGiven[];
  /** Role keys of the roles that jobs run under. */
  readonly roles: ReadonlySet<string>;
  /** By account and Region, the time of the first request for a job, epoch milliseconds. */
  readonly begins: ReadonlyMap<string, number>;
}

/** What is done about changes of the facts about jobs. */
interface KnownOfJobsChange {
  /** Called with each part that changed. */
  readonly onPart: (changed: ChangedPart) => Promise<void>;
  /** Called with the principals of roles that jobs are now known to run under, or no longer. */
  readonly onRoles: (principalIds: ReadonlySet<string>) => Promise<void>;
}

/** A part of the evidence that changed since it was last looked at. */
export interface ChangedPart {
  readonly name: string;
  readonly jobs: readonly Job[];
  readonly knowledge: JobKnowledge;
}

/** @throws KeytrailError `store-unavailable`, `corrupt-item` */
export async function readJobFacts(table: Table): Promise<KnownOfJobs> {
  return together((await table.query(PARTS_PK)).map((item) => decode(item).part));
}

/**
 * Brings the facts about jobs up to date, part by part: they are what the evidence shows, in whatever order it came.
 * What changed is noted before it counts as looked at, so that a run which dies is followed by one that notes it.
 */
export async function updateJobFacts(
  table: Table,
  history: History,
  { onPart, onRoles }: KnownOfJobsChange,
): Promise<KnownOfJobs> {
  const stored = new Map((await table.query(PARTS_PK)).map((item) => [item.sk, decode(item)]));
  const versions = await history.evidenceVersions();
  const aliases = await readAliases(table);
  const names = new Set([...partsConcernedBy(versions.keys()), ...stored.keys()]);
  const changed = [...names].sort().filter((name) => {
    const known = stored.get(name);
    return known === undefined || !isUpToDate(name, known, versions, aliases);
  });
  const before = [...stored.values()].map(({ part }) => part);
  const items: Item[] = [];
  let knowledge: JobKnowledge | undefined;
  for (const [place, name] of changed.entries()) {
    // Each reading has the months around it too, so that neighbours share one.
    const isNewGroup = place % MONTHS_AT_ONCE === 0 || !isNext(changed[place - 1], name);
    if (isNewGroup || knowledge === undefined)
      knowledge = await knowledgeOf(history, name, groupOf(changed, place));
    const jobs = knowledge.evidence.jobs.filter((job) => partOfJob(job) === name);
    const part = jobPartOf(name, jobs, knowledge);
    await onPart({ name, jobs, knowledge });
    const version = versionOf(name, part, versions);
    stored.set(name, { part, version });
    items.push({ pk: PARTS_PK, sk: name, fields: { version }, body: encodeJson(part) });
  }
  const after = [...stored.values()].map(({ part }) => part);
  const roles = rolesThatDiffer(before, after);
  if (roles.size > 0) await onRoles(roles);
  if (items.length > 0) await table.write(items);
  return together(after);
}

/** The roles, by their ARNs and without the path, that only one of two states of the parts has. */
function rolesThatDiffer(
  before: readonly EvidencePart[],
  after: readonly EvidencePart[],
): ReadonlySet<string> {
  const [old, now] = [before, after].map((parts) => roleKeysIn(parts)) as [Set<string>, Set<string>];
  const differing = new Set([...old, ...now].filter((roleKey) => !old.has(roleKey) || !now.has(roleKey)));
  const arns = [...before, ...after].flatMap(({ roles }) => roles);
  return new Set([...differing, ...arns.filter((arn) => differing.has(roleKeyOf(arn) ?? arn))]);
}

function roleKeysIn(parts: readonly EvidencePart[]): Set<string> {
  return new Set(parts.flatMap(({ roles }) => roles.map((arn) => roleKeyOf(arn) ?? arn)));
}

function together(parts: readonly EvidencePart[]): KnownOfJobs {
  const begins = new Map<string, number>();
  for (const part of parts) {
    for (const [place, timeMs] of Object.entries(part.begins))
      begins.set(place, Math.min(timeMs, begins.get(place) ?? timeMs));
  }
  return {
    mlKeys: new Set(parts.flatMap(({ mlKeys }) => mlKeys)),
    grants: firstOfKind(parts.flatMap(({ grants }) => grants)),
    roles: roleKeysIn(parts),
    begins,
  };
}

function isUpToDate(
  name: string,
  { part, version }: StoredPart,
  versions: ReadonlyMap<string, string>,
  aliases: Aliases,
): boolean {
  return version === versionOf(name, part, versions) && areAliasesAsBefore(part, { aliases });
}

function versionOf(name: string, part: EvidencePart, versions: ReadonlyMap<string, string>): string {
  if (name === LASTING) return JSON.stringify([versions.get(LASTING) ?? null]);
  const months = Array.from({ length: MONTHS_AFTER + 1 }, (_, after) => monthsLater(name, after));
  const needed = part.hasOpenRoles === true ? [...months, LASTING] : months;
  return JSON.stringify(needed.map((one) => versions.get(one) ?? null));
}

/** The parts whose jobs the facts of some parts may concern. */
function partsConcernedBy(names: Iterable<string>): Set<string> {
  const parts = new Set<string>();
  for (const name of names) {
    if (name === LASTING) parts.add(name);
    else for (let before = 0; before <= MONTHS_AFTER; before++) parts.add(monthsLater(name, -before));
  }
  return parts;
}

function monthsLater(month: string, count: number): string {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, 7);
}

/** The last of the changed parts that are read together with the one at a place. */
function groupOf(changed: readonly string[], place: number): string {
  let last = place;
  const end = Math.min(changed.length, (Math.floor(place / MONTHS_AT_ONCE) + 1) * MONTHS_AT_ONCE);
  while (last + 1 < end && isNext(changed[last], changed[last + 1] ?? '')) last++;
  return changed[last] ?? '';
}

function isNext(before: string | undefined, name: string): boolean {
  return before !== undefined && before !== LASTING && name !== LASTING && monthsLater(before, 1) === name;
}

function knowledgeOf(history: History, first: string, last: string): Promise<JobKnowledge> {
  // Evidence of any day has all that may live for ever.
  if (first === LASTING) return history.knowledge('1970-01-01');
  return history.knowledge(`${first}-01`, `${last}-01`);
}

/** Only ARNs from parsed records are stored here. */
export function keyArnOf({ keyArn }: ServiceGrantGiven): KeyArn {
  return keyArn as KeyArn;
}

function decode(item: Item): StoredPart {
  return {
    part: decodeJson<EvidencePart>(item, 'What is known of the jobs of a month'),
    version: String(item.fields?.['version'] ?? ''),
  };
}
