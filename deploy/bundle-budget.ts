/** The aim for every bundle. Those above it come down step by step, and none grows on the way. */
export const AIM_KILOBYTES = 500;

/** A budget lags behind a bundle that shrinks by so little: not every change is worth an edit of the file. */
const SLACK = 0.05;

/** Kilobytes (1,000 bytes, rounded up) by the name of a handler. */
export type BundleSizes = Readonly<Record<string, number>>;

/**
 * What is wrong with bundles, a sentence each: one is larger than its budget, one has become more than 5 % smaller
 * and its budget has not, or the two do not name the same handlers.
 */
export function budgetFaults(sizes: BundleSizes, budget: BundleSizes): string[] {
  const allowed = new Map(Object.entries(budget));
  const faults = Object.entries(sizes).flatMap(([name, size]) => {
    const most = allowed.get(name);
    allowed.delete(name);
    if (most === undefined) return [`${name} has ${size} KB and no budget`];
    if (size > most) return [`${name} has ${size} KB, more than its budget of ${most} KB`];
    if (size < most * (1 - SLACK)) return [`${name} has ${size} KB only; lower its budget of ${most} KB`];
    return [];
  });
  return [...faults, ...[...allowed.keys()].map((name) => `${name} has a budget and is no handler`)];
}
