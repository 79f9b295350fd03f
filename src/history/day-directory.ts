import type { DirectoryKey, DirectoryPrincipal } from './day-root.ts';
import { type KeyDay, MEMBER } from './key-page.ts';

/** Who used which key on a day, out of its key-days. */
export function directoryOf(keyDays: readonly KeyDay[]): {
  principals: DirectoryPrincipal[];
  keys: DirectoryKey[];
} {
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
  return { principals, keys };
}
