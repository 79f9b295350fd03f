import { newUuid } from '../randomness.ts';
import { corruptItem } from '../table/corrupt-item.ts';
import type { Item, Table } from '../table/table.ts';

const PLACE = { pk: 'M', sk: 'seals' };

/** What the log of sealed days says of itself. */
export interface LogHead {
  /** Names the history among all histories; the origin of its checkpoints. */
  readonly origin: string;
  /** Leaves whose days are noted, see `LoggedDays`; the log may have more where a run was cut off. */
  readonly size: number;
  /** The size of the last checkpoint; 0 without any. */
  readonly signed: number;
  /** The public key of the checkpoints, as `formatNoteKey` writes it; absent before the first. */
  readonly key?: string;
  /** Whether those who sealed last had been asked not to sign. */
  readonly isUnsigned: boolean;
  /** Counts every change of the item. */
  readonly version: number;
}

/** @returns undefined where nothing was sealed since there is a log */
export async function readLogHead(table: Table): Promise<LogHead | undefined> {
  const item = await table.get(PLACE);
  return item === undefined ? undefined : decodeHead(item);
}

/** The head of the log, made where there is none yet. */
export async function makeLogHead(table: Table, newId: () => string = newUuid): Promise<LogHead> {
  const known = await readLogHead(table);
  if (known !== undefined) return known;
  const head = { origin: `keytrail/${newId()}`, size: 0, signed: 0, isUnsigned: false, version: 1 };
  // Another process may have put its own first.
  await table.putIf(encodeHead(head), undefined);
  return (await readLogHead(table)) ?? head;
}

/** Moves the head forwards: neither of its sizes ever becomes smaller. */
export async function moveLogHead(
  table: Table,
  change: Partial<Pick<LogHead, 'size' | 'signed' | 'key' | 'isUnsigned'>>,
): Promise<LogHead> {
  for (;;) {
    const head = await makeLogHead(table);
    const size = Math.max(head.size, change.size ?? 0);
    const signed = Math.max(head.signed, change.signed ?? 0);
    const key = head.key ?? change.key;
    const isUnsigned = change.isUnsigned ?? head.isUnsigned;
    const isSame =
      size === head.size && signed === head.signed && key === head.key && isUnsigned === head.isUnsigned;
    if (isSame) return head;
    const { key: _, ...rest } = head;
    const next = {
      ...rest,
      ...{ size, signed, isUnsigned, version: head.version + 1 },
      ...(key === undefined ? {} : { key }),
    };
    if (await table.putIf(encodeHead(next), head.version)) return next;
  }
}

function encodeHead({ origin, size, signed, key, isUnsigned, version }: LogHead) {
  const signing = isUnsigned ? 'off' : 'on';
  return {
    ...PLACE,
    version,
    fields: { origin, size, signed, signing, ...(key === undefined ? {} : { key }) },
  };
}

function decodeHead(item: Item): LogHead {
  const { origin, size, signed, key, signing } = item.fields ?? {};
  const isWhole =
    typeof origin === 'string' &&
    typeof size === 'number' &&
    typeof signed === 'number' &&
    (signing === 'on' || signing === 'off') &&
    (key === undefined || typeof key === 'string');
  if (!isWhole) throw corruptItem('The head of the log of seals', item, undefined);
  return {
    ...{ origin, size, signed, isUnsigned: signing === 'off', version: item.version ?? 0 },
    ...(key === undefined ? {} : { key }),
  };
}
