import { padded } from '../../table/content-name.ts';
import { itemName } from '../../table/item-name.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, ItemKey, Table } from '../../table/table.ts';
import { shardPks } from '../append/write-shards.ts';
import { decodeRoot } from '../day/day-reader.ts';
import { itemKeysOf } from '../day/day-root.ts';
import { type DayState, readDay } from '../day/day-state.ts';
import { rootPk } from '../facts/table-keys.ts';
import type { SealPlan } from './seal-plan.ts';

/** Items read at a time to be deleted: only reading them gives their keys. */
const ITEMS_AT_A_TIME = 24;

/** What a seal replaces and what it writes: one of both is to be deleted, see `sweep`. */
interface SweepList {
  readonly day: string;
  readonly sealVersion: number;
  readonly keys: readonly ItemKey[];
  readonly segmentPks: readonly string[];
}

/** The item that lists what may have to be deleted after a plan is written, whether or not it is committed. */
export function sweepListOf(plan: SealPlan): Item {
  const { state, root, rootName } = plan;
  const list: SweepList = {
    day: root.day,
    sealVersion: root.sealVersion,
    keys: [...plan.replaced, ...plan.items.map(({ pk, sk }) => ({ pk, sk }))],
    segmentPks: Object.keys(state.pending).flatMap((generation) => shardPks(state, Number(generation))),
  };
  return {
    pk: 'L',
    sk: `${root.day}.${padded(root.sealVersion)}.${rootName.slice(7)}`,
    body: encodeJson(list),
  };
}

/**
 * Deletes what seals replaced, and what was written for seals that lost a race or were cut off. A reader that still
 * needs such an item starts again from the day's new version.
 *
 * Only items that no root reaches are deleted: names contain the version that they were written for, and nothing is
 * written for a version that the day has passed.
 * @param isTimeLeft asked between steps; the rest is left to the next run
 * @returns how many items were deleted
 */
export async function sweep(table: Table, isTimeLeft = () => true): Promise<number> {
  let swept = 0;
  for (const item of await table.query('L')) {
    if (!isTimeLeft()) return swept;
    const list = decodeList(item);
    const state = await readDay(table, list.day);
    if (state.expired !== undefined) {
      swept += await sweepExpired(table, list, state, isTimeLeft);
      if (!isTimeLeft()) return swept;
      await table.write([], [item]);
      continue;
    }
    // The seal that wrote the list is not done: the next seal of this day may use its items.
    if (state.sealVersion < list.sealVersion || state.root === undefined) continue;
    const rootItem = await table.get({ pk: rootPk(list.day), sk: state.root });
    if (rootItem === undefined) continue;
    const live = new Set(itemKeysOf(decodeRoot(rootItem, list.day), state.root).map(itemName));
    const keys = list.keys.filter((key) => !live.has(itemName(key)));
    for (const pk of list.segmentPks) {
      // A pending generation is still to be sealed.
      const generation = Number.parseInt(pk.split('#')[2] ?? '', 16);
      if (state.pending[generation] !== undefined) continue;
      swept += await deleteAllUnder(table, pk, isTimeLeft);
      // The list stays, since some of its items may be left.
      if (!isTimeLeft()) return swept;
    }
    await table.write([], keys);
    await table.write([], [item]);
    swept += keys.length;
  }
  return swept;
}

/** What the days of an earlier version say of aliases stays until `settleEvidence` has settled it. */
function decodeList(item: Item): SweepList {
  const list = decodeJson<SweepList>(item, 'A sweep list');
  return { ...list, keys: list.keys.filter(({ pk }) => pk !== 'A') };
}

/** An expired day keeps only its root. */
async function sweepExpired(
  table: Table,
  { day, keys, segmentPks }: SweepList,
  { root }: DayState,
  isTimeLeft: () => boolean,
): Promise<number> {
  let swept = 0;
  for (const pk of segmentPks) swept += await deleteAllUnder(table, pk, isTimeLeft);
  const gone = keys.filter(({ pk, sk }) => !(pk === rootPk(day) && sk === root));
  await table.write([], gone);
  return swept + gone.length;
}

/** Deletes all items under a partition key, a few at a time: a day's segments may be a gigabyte. */
export async function deleteAllUnder(table: Table, pk: string, isTimeLeft = () => true): Promise<number> {
  let deleted = 0;
  while (isTimeLeft()) {
    const items = await table.query(pk, { limit: ITEMS_AT_A_TIME });
    await table.write([], items);
    deleted += items.length;
    if (items.length < ITEMS_AT_A_TIME) break;
  }
  return deleted;
}
