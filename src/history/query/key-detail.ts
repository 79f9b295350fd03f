import { countWithinBytes } from '../../text/page-bytes.ts';
import { isoTime } from '../../utc-time.ts';
import { MEMBER } from '../pages/key-day.ts';
import type { KeySeen, Seen } from './ask-keys.ts';
import { answerRows, findRows, type UsageQuestion } from './ask-usage.ts';
import type { HistoryView } from './history-view.ts';
import type {
  KeyDetail,
  KeyList,
  KeyMaterial,
  KeyStore,
  KeySummary,
  OutstandingGrant,
  UsageRow,
} from './questions.ts';

/** Of each list of a key. With these the whole answer stays under 5 MB. */
const MOST_LISTED = 1_000;
const MOST_BYTES: Readonly<Record<KeyList, number>> = {
  lastUseByPrincipal: 500_000,
  lastUseByJob: 500_000,
  grants: 1_000_000,
  timeline: 2_000_000,
};

/** All about a key but its newcomers, which only alerts know. */
export async function keyDetail(
  view: HistoryView,
  summary: KeySummary,
  seen: KeySeen,
): Promise<Omit<KeyDetail, 'newcomers'>> {
  const { arn } = summary;
  const question = {
    filter: { category: ['management' as const, 'grant' as const] },
    fromMs: seen.firstMs,
    toMs: seen.lastMs + 1,
    keyNames: [arn],
  };
  const administration = new Administration();
  for await (const batch of findRows(view, question, 'asc')) {
    for (const row of await answerRows(view, batch)) administration.add(row);
  }
  for (const row of await newestRow(view, question)) administration.addKeyStore(row);
  const { keyStore, rows } = administration;
  const shown = new ShownLists();
  const byPrincipal = newestFirst(seen.principals).map(([principal, use]) => ({
    principal,
    ...lastUseOf(use),
  }));
  const byJob = newestFirst(seen.jobs).map(([job, use]) => ({ job, ...lastUseOf(use) }));
  return {
    ...summary,
    lastUseByPrincipal: shown.first('lastUseByPrincipal', byPrincipal),
    lastUseByJob: shown.first('lastUseByJob', byJob),
    grants: shown.first('grants', administration.outstandingGrants().reverse()).reverse(),
    ...(keyStore === undefined ? {} : { keyStore }),
    materials: await materialsOf(view, arn),
    timeline: shown.first('timeline', administration.newest().reverse(), rows).reverse(),
    ...shown.leftOut(),
  };
}

/** Keeps lists short enough for one answer, and counts what that leaves out. */
class ShownLists {
  readonly #leftOut: Partial<Record<KeyList, number>> = {};

  /**
   * As many of a list's entries as an answer takes, from the first.
   * @param all how many there are, where the list is itself a part
   */
  first<T extends object>(list: KeyList, entries: readonly T[], all = entries.length): T[] {
    const some = entries.slice(0, MOST_LISTED);
    const shown = some.slice(0, countWithinBytes(some, MOST_BYTES[list]));
    if (all > shown.length) this.#leftOut[list] = all - shown.length;
    return shown;
  }

  leftOut(): Pick<KeyDetail, 'leftOut'> {
    return Object.keys(this.#leftOut).length === 0 ? {} : { leftOut: this.#leftOut };
  }
}

function newestFirst<S extends Seen>(seen: ReadonlyMap<string, S>): [string, S][] {
  return [...seen].sort(([a, left], [b, right]) => right.lastMs - left.lastMs || (a < b ? -1 : 1));
}

function lastUseOf({ lastMs, count }: Seen): { lastSeen: string; uses: number } {
  return { lastSeen: isoTime(lastMs), uses: count };
}

/** The newest use of a key of any category: any use may name the key store. */
async function newestRow(view: HistoryView, timeline: UsageQuestion): Promise<UsageRow[]> {
  const question = { ...timeline, filter: {} };
  for await (const batch of findRows(view, question, 'desc', undefined, 1)) {
    if (batch.length > 0) return answerRows(view, batch.slice(0, 1));
  }
  return [];
}

/** What management and grant events say of a key, taken in oldest first. A key of many jobs has a million of them. */
class Administration {
  rows = 0;
  keyStore: KeyStore | undefined;
  #newest: UsageRow[] = [];
  readonly #ended = new Set<string>();
  readonly #created = new Map<string, OutstandingGrant>();

  add(row: UsageRow): void {
    this.rows++;
    this.#newest.push(row);
    if (this.#newest.length >= 2 * MOST_LISTED) this.#newest = this.newest();
    this.addKeyStore(row);
    this.#addGrant(row);
  }

  /** As many as an answer may list, oldest first. */
  newest(): UsageRow[] {
    return this.#newest.slice(-MOST_LISTED);
  }

  addKeyStore({ customKeyStoreId, xksKeyId }: UsageRow): void {
    if (customKeyStoreId === undefined && xksKeyId === undefined) return;
    this.keyStore = {
      kind: xksKeyId === undefined ? 'cloudhsm' : 'external',
      ...(customKeyStoreId === undefined ? {} : { customKeyStoreId }),
      ...(xksKeyId === undefined ? {} : { xksKeyId }),
    };
  }

  /** Grants that were created and neither retired nor revoked according to the records; oldest first. */
  outstandingGrants(): OutstandingGrant[] {
    return [...this.#created.values()].filter(({ id }) => !this.#ended.has(id));
  }

  #addGrant(row: UsageRow): void {
    const id = row.grant?.id;
    if (id === undefined || row.outcome !== 'success') return;
    if (row.operation === 'RetireGrant' || row.operation === 'RevokeGrant') this.#ended.add(id);
    if (row.operation !== 'CreateGrant') return;
    const { grantee, retiringPrincipal, operations } = row.grant ?? {};
    this.#created.set(id, {
      id,
      ...(grantee === undefined ? {} : { grantee }),
      ...(retiringPrincipal === undefined ? {} : { retiringPrincipal }),
      ...(operations === undefined ? {} : { operations }),
      createdTime: row.eventTime,
      ...(row.principal.id === undefined ? {} : { createdBy: row.principal.id }),
      eventId: row.eventId,
    });
  }
}

interface MaterialSeen extends Seen {
  readonly operations: Map<string, Seen>;
}

/** By the key's own pages: no row is read for it. */
async function materialsOf(view: HistoryView, keyArn: string): Promise<KeyMaterial[]> {
  const materials = new Map<string, MaterialSeen>();
  const keyDays = (await view.keyDaysOf([keyArn], await view.open(view.days()))).values();
  for (const { members, count, firstMs, lastMs } of [...keyDays].flat().flatMap(({ groups }) => groups)) {
    const id = members[MEMBER.keyMaterialId];
    if (id === null) continue;
    const nothing = { count: 0, firstMs, lastMs };
    const material = materials.get(id) ?? { ...nothing, operations: new Map<string, Seen>() };
    const operation = material.operations.get(members[MEMBER.operation]) ?? { ...nothing };
    materials.set(id, material);
    material.operations.set(members[MEMBER.operation], operation);
    for (const seen of [material, operation]) {
      seen.count += count;
      seen.firstMs = Math.min(seen.firstMs, firstMs);
      seen.lastMs = Math.max(seen.lastMs, lastMs);
    }
  }
  return newestFirst(materials).map(([keyMaterialId, { count, firstMs, lastMs, operations }]) => ({
    keyMaterialId,
    uses: count,
    firstSeen: isoTime(firstMs),
    lastSeen: isoTime(lastMs),
    operations: newestFirst(operations).map(([operation, use]) => ({ operation, ...lastUseOf(use) })),
  }));
}
