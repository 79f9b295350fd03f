import type { ItemKey, Table } from './table.ts';

/** The right to do work that only one may do at a time: who has it, and until when. */
export interface Lease {
  readonly key: ItemKey;
  readonly by: string;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

export type Taken =
  | { readonly kind: 'taken'; readonly lease: Lease }
  | { readonly kind: 'held'; readonly by: string; readonly untilMs: number };

/**
 * Takes a lease that nobody holds or that has run out. The clocks of the holders must differ by less than the lease is
 * long.
 * @param by names the holder, each run anew
 * @param forMs how long it holds unless it is renewed
 * @param isGone whether a holder has surely died, whose lease need not be waited for
 */
export async function takeLease(
  table: Table,
  key: ItemKey,
  by: string,
  nowMs: number,
  forMs: number,
  isGone: (by: string) => boolean = () => false,
): Promise<Taken> {
  for (;;) {
    const item = await table.get(key);
    const untilMs = Number(item?.fields?.['until'] ?? 0);
    const holder = String(item?.fields?.['by'] ?? '');
    if (untilMs > nowMs && holder !== by && !isGone(holder)) return { kind: 'held', by: holder, untilMs };
    const lease = { key, by, version: item?.version ?? 0, untilMs };
    const taken = await renewLease(table, lease, nowMs, forMs);
    if (taken !== undefined) return { kind: 'taken', lease: taken };
  }
}

/** Renews a lease. @returns undefined where somebody else has taken it */
export async function renewLease(
  table: Table,
  { key, by, version }: Lease,
  nowMs: number,
  forMs: number,
): Promise<Lease | undefined> {
  const untilMs = nowMs + forMs;
  const item = { ...key, version: version + 1, fields: { by, until: untilMs } };
  const isPut = await table.putIf(item, version === 0 ? undefined : version);
  return isPut ? { key, by, version: version + 1, untilMs } : undefined;
}

export async function releaseLease(table: Table, lease: Lease): Promise<void> {
  await renewLease(table, lease, 0, 0);
}
