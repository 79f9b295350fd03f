import * as fc from 'fast-check';
import { KeytrailError } from '../../src/keytrail-error.ts';
import type { Item, ItemKey, QueryRange, Table } from '../../src/table/table.ts';

/**
 * What happens to one write. That it is neither applied nor reported is impossible in any store.
 * - `refused`: not applied, and reported;
 * - `lost answer`: applied, and reported as failed;
 * - `last deed`: applied and reported as applied, and then the process dies.
 */
export interface PlantedFault {
  /** So many writes go well before. */
  readonly after: number;
  readonly kind: 'refused' | 'lost answer' | 'last deed';
  /** Whether the process dies of it; of a last deed it always does. */
  readonly dies: boolean;
  /** In which order the items of one write are written: the contract promises none. */
  readonly order: number;
}

/** @param near before half of the faults at most so many writes go well, before the others `far` */
export function aPlantedFault({ near = 6, far = 60 } = {}): fc.Arbitrary<PlantedFault> {
  return fc.record({
    after: fc.oneof(fc.nat(near), fc.nat(far)),
    kind: fc.constantFrom('refused', 'lost answer', 'last deed'),
    dies: fc.boolean(),
    order: fc.nat(1_000_000),
  });
}

class Planted extends KeytrailError {
  constructor(what: string) {
    super('store-unavailable', `${what}, as the test planted it`);
  }
}

/** A table as a process sees it that meets with faults, one after the other, and may die of them. */
export class MortalTable implements Table {
  readonly #table: Table;
  readonly #faults: PlantedFault[];
  #isDead = false;
  #left: number;

  constructor(table: Table, faults: readonly PlantedFault[]) {
    this.#table = table;
    this.#faults = [...faults];
    this.#left = faults[0]?.after ?? 0;
  }

  /** A new process takes over. */
  revive(): void {
    this.#isDead = false;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    this.#live();
    return this.#table.get(key);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    this.#live();
    return this.#table.getAll(keys);
  }

  async query(pk: string, range?: QueryRange): Promise<Item[]> {
    this.#live();
    return this.#table.query(pk, range);
  }

  async put(item: Item): Promise<void> {
    await this.#write(() => this.#table.put(item));
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    return this.#write(() => this.#table.putIf(item, expected));
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    const writes = [
      ...puts.map((item) => () => this.#table.put(item)),
      ...deletes.map((key) => () => this.#table.write([], [key])),
    ];
    for (const write of reordered(writes, this.#faults[0]?.order ?? 0)) await this.#write(write);
  }

  async #write<Answer>(apply: () => Promise<Answer>): Promise<Answer> {
    this.#live();
    const [fault] = this.#faults;
    if (fault === undefined || this.#left-- > 0) return apply();
    this.#faults.shift();
    this.#left = this.#faults[0]?.after ?? 0;
    this.#isDead = fault.dies || fault.kind === 'last deed';
    switch (fault.kind) {
      case 'refused':
        throw new Planted('a write was refused');
      case 'lost answer':
        await apply();
        throw new Planted('an answer was lost');
      case 'last deed':
        return apply();
      default:
        return fault.kind satisfies never;
    }
  }

  #live(): void {
    if (this.#isDead) throw new Planted('the process is dead');
  }
}

/** One of the orders of a list, by number: forwards, backwards, and others. */
function reordered<T>(list: readonly T[], order: number): T[] {
  if (order === 0) return [...list];
  if (order === 1) return list.toReversed();
  const rest = [...list];
  const taken: T[] = [];
  for (let number = order; rest.length > 0; number = (number * 48_271) % 2_147_483_647) {
    taken.push(...rest.splice(number % rest.length, 1));
  }
  return taken;
}

/** Does it again, each time as a new process, until it ends well. */
export async function untilDone(table: MortalTable, work: (table: Table) => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work(table);
      return;
    } catch (error) {
      if (!(error instanceof Planted)) throw error;
      table.revive();
    }
  }
}
