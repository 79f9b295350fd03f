import type { JobKnowledge } from '../../history/query/history-view.ts';
import type { KeyArn } from '../../kms/key-use.ts';
import { declaredKeysOf, resolverOf } from '../../sagemaker/declared-keys.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Table } from '../../table/table.ts';
import { compareTexts } from '../../text/text-order.ts';
import { isAwsPrincipal } from './rule-context.ts';

const KEY = { pk: 'M', sk: 'watched-keys' };

/** The oldest grant of one key, creator and service. */
export interface ServiceGrantGiven {
  readonly keyArn: string;
  readonly creator: string;
  readonly grantee: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
}

/** Facts about keys that verdicts depend on. They only grow, so that old days keep their verdicts. */
export interface KeyFacts {
  /** ARNs of keys that jobs declare. */
  readonly mlKeys: ReadonlySet<string>;
  readonly grants: readonly ServiceGrantGiven[];
}

interface Stored {
  readonly format: 1;
  readonly mlKeys: readonly string[];
  readonly grants: readonly ServiceGrantGiven[];
}

/** @throws KeytrailError `store-unavailable`, `corrupt-item` */
export async function readKeyFacts(table: Table): Promise<KeyFacts> {
  const { known } = await read(table);
  return { mlKeys: new Set(known.mlKeys), grants: known.grants };
}

/** Adds what the jobs and grants of some days show. */
export async function recordKeyFacts(table: Table, knowledge: JobKnowledge): Promise<void> {
  const resolve = resolverOf(knowledge.aliases);
  const keys = new Set<string>();
  for (const job of knowledge.evidence.jobs) {
    const { volume, output, data } = declaredKeysOf(job, resolve);
    for (const key of [...volume, ...output, ...data]) keys.add(key);
  }
  for (;;) {
    const { known, version } = await read(table);
    const mlKeys = [...new Set([...known.mlKeys, ...keys])].sort();
    const grants = firstOfKind([...known.grants, ...grantsOf(knowledge)]);
    const next: Stored = { format: 1, mlKeys, grants };
    if (JSON.stringify(next) === JSON.stringify(known)) return;
    const item = { ...KEY, version: version + 1, body: encodeJson(next) };
    if (await table.putIf(item, version === 0 ? undefined : version)) return;
  }
}

function grantsOf({ evidence }: JobKnowledge): ServiceGrantGiven[] {
  return evidence.grants.flatMap(({ keyArn, creator, grantee, accountId, timeMs }) =>
    keyArn === undefined || creator === undefined || grantee === undefined || !isAwsPrincipal(grantee)
      ? []
      : [{ keyArn, creator, grantee, accountId, timeMs }],
  );
}

/** The oldest grant of each kind, in a fixed order. */
function firstOfKind(grants: readonly ServiceGrantGiven[]): ServiceGrantGiven[] {
  const byKind = new Map<string, ServiceGrantGiven>();
  for (const grant of grants) {
    const kind = `${grant.keyArn} ${grant.creator} ${grant.grantee}`;
    const known = byKind.get(kind);
    if (known === undefined || grant.timeMs < known.timeMs) byKind.set(kind, grant);
  }
  return [...byKind].sort(([a], [b]) => compareTexts(a, b)).map(([, grant]) => grant);
}

async function read(table: Table): Promise<{ known: Stored; version: number }> {
  const item = await table.get(KEY);
  if (item === undefined) return { known: { format: 1, mlKeys: [], grants: [] }, version: 0 };
  const known = decodeJson<Stored>(item, 'The item of key facts');
  return { known, version: item.version ?? 0 };
}

/** Only ARNs from parsed records are stored here. */
export function keyArnOf({ keyArn }: ServiceGrantGiven): KeyArn {
  return keyArn as KeyArn;
}
