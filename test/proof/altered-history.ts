import { generateKeyPairSync, sign } from 'node:crypto';
import { readRoot } from '../../src/history/day/day-reader.ts';
import { type DayRoot, itemKeysOf } from '../../src/history/day/day-root.ts';
import { readDays } from '../../src/history/day/day-state.ts';
import { decodeRows, encodeRows } from '../../src/history/facts/row-block.ts';
import { chunkPk, rootPk } from '../../src/history/facts/table-keys.ts';
import { parseCheckpoint, signCheckpoint } from '../../src/proof/checkpoint.ts';
import { decodeDaySeal, encodeDaySeal } from '../../src/proof/day-seal.ts';
import { leafHash } from '../../src/proof/merkle-hash.ts';
import { nodesFilledBy } from '../../src/proof/merkle-log.ts';
import { leafKey, nodeReader } from '../../src/proof/seal-log.ts';
import { readCheckpoints } from '../../src/proof/sign-log.ts';
import { noteKeyOf } from '../../src/proof/signed-note.ts';
import { decodeJson, encodeJson } from '../../src/table/json-body.ts';
import type { Item, ItemKey, Table } from '../../src/table/table.ts';
import type { MemoryTable } from '../table/memory-table.ts';

/** What the sealed history stands on: what of each item is covered by seals. */
export async function coveredItems(table: Table): Promise<Item[]> {
  const keys: ItemKey[] = [{ pk: 'M', sk: 'seals' }];
  for (const state of await readDays(table)) {
    const root = (await readRoot(table, state)) as DayRoot;
    keys.push(
      { pk: 'D', sk: state.day },
      { pk: 'seal-day', sk: state.day },
      ...itemKeysOf(root, state.root ?? ''),
    );
  }
  const lists = [await table.query('seal'), await table.query('checkpoint')];
  return [...(await table.getAll(keys)), ...lists.flat()];
}

/** The members of a day's item that say what was sealed; the others say what waits to be sealed. */
const SEALED_FIELDS = ['root', 'rows', 'first', 'last', 'tags', 'index', 'seal'];

/** Ways to alter a stored history. Each answers the item that it put or deleted, and undefined where it found none. */
export const ALTERATIONS = {
  'a bit': async (table, items, pick) => {
    const item = pick(items);
    const { body, fields = {} } = item;
    const names = Object.keys(fields).filter((name) => item.pk !== 'D' || SEALED_FIELDS.includes(name));
    const name = body !== undefined && (names.length === 0 || pick([true, false])) ? undefined : pick(names);
    if (name === undefined) return put(table, { ...item, body: flipped(body ?? Buffer.of(0), pick) });
    const value = fields[name] as string | number;
    const other =
      typeof value === 'number'
        ? value + pick([1, -1, 2, 1024])
        : Buffer.from(flipped(Buffer.from(value, 'latin1'), pick)).toString('latin1');
    return put(table, { ...item, fields: { ...fields, [name]: other } });
  },
  'an item removed': async (table, items, pick) => {
    const { pk, sk } = pick(items);
    await table.write([], [{ pk, sk }]);
    return { pk, sk };
  },
  'an item replaced by an older version': async (table, items, pick, older) => {
    const replaceable = items.flatMap((item) =>
      older
        .filter((old) => old.pk === item.pk && !isSame(old, item))
        .map((old) => ({ ...old, sk: item.sk }))
        .filter((old) => !isSame(old, item)),
    );
    return replaceable.length === 0 ? undefined : put(table, pick(replaceable));
  },
  'a row edited through the codec': async (table, items, pick) => {
    const chunk = pick(items.filter(({ pk }) => pk.startsWith('C#')));
    return put(table, { ...chunk, body: editedRows(chunk, pick) });
  },
  'a row edited, and all names with it': async (table, items, pick) => {
    const chunk = pick(items.filter(({ pk }) => pk.startsWith('C#')));
    const state = (await readDays(table)).find(({ day }) => chunkPk(day) === chunk.pk);
    if (state === undefined) return undefined;
    const root = (await readRoot(table, state)) as DayRoot;
    const text = JSON.stringify(root).replaceAll(chunk.sk, '000001.AAAAAAAAAAAAAAAAAAAAAA');
    await table.put({ ...chunk, sk: '000001.AAAAAAAAAAAAAAAAAAAAAA', body: editedRows(chunk, pick) });
    return put(table, { pk: rootPk(state.day), sk: state.root ?? '', body: encodeJson(JSON.parse(text)) });
  },
  'a root replaced': async (table, items, pick) => {
    const roots = items.filter(({ pk, sk }) => pk.startsWith('R#') && !sk.endsWith('directory'));
    const item = pick(roots);
    const root = decodeJson<DayRoot>(item, 'a root');
    const without = pick<DayRoot>([
      { ...root, slots: root.slots.slice(1) },
      { ...root, hours: root.hours.slice(0, -1) },
      { ...root, why: `${root.why}!` },
      { ...root, pages: {} },
    ]);
    return put(table, { ...item, body: encodeJson(without) });
  },
  'a day moved to a root of its own': async (table, items, pick) => {
    const day = pick(items.filter(({ pk }) => pk === 'D'));
    const name = String(day.fields?.['root']);
    const [item] = await table.getAll([{ pk: rootPk(day.sk), sk: name }]);
    const root = decodeJson<DayRoot>(item ?? {}, 'a root');
    const version = root.sealVersion + 1;
    const other = `${version.toString(16).padStart(6, '0')}.AAAAAAAA`;
    await table.put({ pk: rootPk(day.sk), sk: other, body: encodeJson({ ...root, sealVersion: version }) });
    const fields = { ...day.fields, root: other, seal: version, tags: `${day.fields?.['tags']}AAAAAAAA` };
    return put(table, { ...day, fields });
  },
  'a checkpoint replaced': async (table, _items, pick) => {
    const notes = await readCheckpoints(table);
    const { item, note } = pick(notes);
    const others = notes.filter((other) => other.note !== note).map((other) => other.note);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { origin, size, root } = parseCheckpoint(note);
    const forger = {
      key: noteKeyOf(origin, publicKey),
      sign: async (text: Uint8Array) => sign(null, text, privateKey),
    };
    const forged = await signCheckpoint({ origin, size, root: flipped(root, pick) }, forger);
    const sameRoot = await signCheckpoint({ origin, size, root }, forger);
    return put(table, { ...item, body: Buffer.from(pick([...others, forged, sameRoot])) });
  },
  'a seal replaced, and its nodes with it': async (table, items, pick) => {
    const item = pick(items.filter(({ pk }) => pk === 'seal'));
    const index = Number.parseInt(item.sk, 16);
    const seal = decodeDaySeal(item);
    const entry = encodeDaySeal({ ...seal, rows: seal.rows + 1 });
    const nodes = await nodesFilledBy(index, leafHash(entry), nodeReader(table));
    const fields = { nodes: Buffer.concat(nodes).toString('base64') };
    return put(table, { ...leafKey(index), version: 1, body: entry, fields });
  },
  'the end of the log removed, and its notes with it': async (table, items) => {
    const last = items.filter(({ pk }) => pk === 'seal').at(-1) as Item;
    const [checkpoint] = await readCheckpoints(table);
    const { day } = decodeDaySeal(last);
    await table.write([], [last, { pk: 'seal-day', sk: day }, checkpoint?.item as Item]);
    const [head] = await table.getAll([{ pk: 'M', sk: 'seals' }]);
    const size = Number.parseInt(last.sk, 16);
    return put(table, { ...(head as Item), fields: { ...head?.fields, size, signed: size } });
  },
} satisfies Record<string, Alter>;

type Pick = <Value>(values: readonly Value[]) => Value;
type Alter = (
  table: MemoryTable,
  items: readonly Item[],
  pick: Pick,
  older: readonly Item[],
) => Promise<ItemKey | undefined>;

async function put(table: MemoryTable, item: Item): Promise<ItemKey> {
  await table.put(item);
  return item;
}

function flipped(bytes: Uint8Array, pick: Pick): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = pick([...copy.keys()]);
  copy[at] = (copy[at] as number) ^ (1 << pick([0, 1, 2, 3, 4, 5, 6, 7]));
  return copy;
}

/** A chunk of which one member of one row is another. */
function editedRows(chunk: Item, pick: Pick): Uint8Array {
  const rows = decodeRows(chunk);
  const row = pick([...Array(rows.length).keys()]);
  pick([
    () => {
      rows.times[row] = (rows.times[row] ?? 0) + 1_000;
    },
    () => {
      rows.ids[row * 16] = (rows.ids[row * 16] ?? 0) ^ 1;
      rows.idTexts.delete(row);
    },
    () => {
      const text = rows.profiles.text(rows.profile[row] ?? 0);
      rows.profile[row] = rows.profiles.number(text.replace('111122223333', '999988887777').concat(' '));
    },
    () => {
      rows.context[row] = rows.contexts.append('{"edited":"yes"}');
    },
    () => {
      rows.judgement[row] = rows.judgements.number('["none",[],["edited"],null,null]');
    },
  ])();
  return encodeRows(
    rows,
    Uint32Array.from({ length: rows.length }, (_, place) => place),
  );
}

function isSame(a: Item, b: Item): boolean {
  return (
    Buffer.compare(a.body ?? new Uint8Array(), b.body ?? new Uint8Array()) === 0 &&
    JSON.stringify(a.fields) === JSON.stringify(b.fields)
  );
}
