import { boundedName } from '../../table/content-name.ts';
import { itemName } from '../../table/item-name.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import type { Item, Table } from '../../table/table.ts';
import type { SealPlan } from './seal-plan.ts';

/** Items that lead to the day. They do no harm if the day never moves to the plan. */
export function pointerItems(plan: SealPlan, known: ReadonlySet<string>): Item[] {
  const { day } = plan.root;
  return distinct([
    ...plan.keyNames.filter((keyName) => !known.has(keyName)).map(keyNameItem),
    ...plan.corrections.map(({ original }) => correctionItem(original, day)),
  ]);
}

function distinct(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [itemName(item), item])).values()];
}

function keyNameItem(keyName: string): Item {
  return { pk: 'K', sk: boundedName(keyName), body: encodeJson(keyName) };
}

/** The names of all keys and references that sealed days have uses of. */
export async function readKeyNames(table: Table): Promise<string[]> {
  return (await table.query('K')).map((item) => decodeJson<string>(item, 'The name of a key'));
}

/** Marks that a day has an addendum to an event; the day's root has the addendum. */
function correctionItem(original: string, day: string): Item {
  return { pk: 'X', sk: `${boundedName(original)}|${day}`, body: encodeJson(original) };
}

/** The days that may have addenda, by the id of the event that they correct. */
export async function readCorrectedEvents(table: Table): Promise<Map<string, string[]>> {
  const events = new Map<string, string[]>();
  for (const item of await table.query('X')) {
    const original = decodeJson<string>(item, 'The mark of an addendum');
    const day = item.sk.slice(item.sk.lastIndexOf('|') + 1);
    events.set(original, [...(events.get(original) ?? []), day]);
  }
  return events;
}
