import { type KeyDay, MEMBER } from './key-page.ts';

/** What a principal did with a key in a day. Times are epoch milliseconds. */
interface DirectoryUse {
  readonly principal: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface DirectoryKey {
  readonly partition: string;
  readonly uses: readonly DirectoryUse[];
}

/** `[id, type, account]`; an id that is not known is null. */
type DirectoryPrincipal = readonly [id: string | null, type: string, accountId: string | null];

/** Who used which key on a day: an item beside the root, which questions about many keys read. */
export interface DayDirectory {
  readonly format: 1;
  readonly principals: readonly DirectoryPrincipal[];
  readonly keys: readonly DirectoryKey[];
}

export function directoryOf(keyDays: readonly KeyDay[]): DayDirectory {
  const principals: DirectoryPrincipal[] = [];
  const numbers = new Map<string, number>();
  const keys = keyDays.map((keyDay): DirectoryKey => {
    const uses = new Map<number, { principal: number; count: number; firstMs: number; lastMs: number }>();
    for (const group of keyDay.groups) {
      const principal: DirectoryPrincipal = [
        group.members[MEMBER.principalId],
        group.members[MEMBER.principalType],
        group.members[MEMBER.principalAccount],
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
        uses.set(number, {
          principal: number,
          count: group.count,
          firstMs: group.firstMs,
          lastMs: group.lastMs,
        });
      } else {
        use.count += group.count;
        use.firstMs = Math.min(use.firstMs, group.firstMs);
        use.lastMs = Math.max(use.lastMs, group.lastMs);
      }
    }
    return { partition: keyDay.partition, uses: [...uses.values()] };
  });
  return { format: 1, principals, keys };
}
