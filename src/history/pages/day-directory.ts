import type { StoredBody } from '../../table/corrupt-item.ts';
import { decodeJson, encodeJson } from '../../table/json-body.ts';
import { type KeyDay, MEMBER } from './key-day.ts';

/** What a principal did with a key in a day. Times are epoch milliseconds. */
interface DirectoryUse {
  /** Its place in `DayDirectory.principals`. */
  readonly principal: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface DirectoryKey {
  readonly keyName: string;
  readonly uses: readonly DirectoryUse[];
}

/** `[id, type, account]`; an id that is not known is null. */
type DirectoryPrincipal = readonly [id: string | null, type: string, accountId: string | null];

/** Who used which key on a day: an item beside the root, which questions about many keys read. */
export interface DayDirectory {
  readonly principals: readonly DirectoryPrincipal[];
  readonly keys: readonly DirectoryKey[];
}

/** The directory of a day, out of its key-days. */
export function directoryOf(keyDays: readonly KeyDay[]): DayDirectory {
  const principals: DirectoryPrincipal[] = [];
  const numbers = new Map<string, number>();
  const keys = keyDays.map(({ keyName, groups }): DirectoryKey => {
    const uses = new Map<number, { -readonly [M in keyof DirectoryUse]: DirectoryUse[M] }>();
    for (const { members, count, firstMs, lastMs } of groups) {
      const principal: DirectoryPrincipal = [
        members[MEMBER.principalId],
        members[MEMBER.principalType],
        members[MEMBER.principalAccount],
      ];
      const text = JSON.stringify(principal);
      let number = numbers.get(text);
      if (number === undefined) {
        number = principals.length;
        principals.push(principal);
        numbers.set(text, number);
      }
      const use = uses.get(number);
      if (use === undefined) {
        uses.set(number, { principal: number, count, firstMs, lastMs });
      } else {
        use.count += count;
        use.firstMs = Math.min(use.firstMs, firstMs);
        use.lastMs = Math.max(use.lastMs, lastMs);
      }
    }
    return { keyName, uses: [...uses.values()] };
  });
  return { principals, keys };
}

interface StoredDirectory {
  readonly format: 1;
  readonly principals: readonly DirectoryPrincipal[];
  readonly keys: readonly { readonly partition: string; readonly uses: readonly DirectoryUse[] }[];
}

export function encodeDirectory({ principals, keys }: DayDirectory): Uint8Array {
  const stored = keys.map(({ keyName, uses }) => ({ partition: keyName, uses }));
  return encodeJson({ format: 1, principals, keys: stored } satisfies StoredDirectory);
}

/** @throws KeytrailError `corrupt-item` */
export function decodeDirectory(item: StoredBody, day: string): DayDirectory {
  const { principals, keys } = decodeJson<StoredDirectory>(item, `The directory of ${day}`);
  return { principals, keys: keys.map(({ partition, uses }) => ({ keyName: partition, uses })) };
}
