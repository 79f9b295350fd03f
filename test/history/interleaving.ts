import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Item, ItemKey, QueryRange, Table } from '../../src/table/table.ts';

/** After `after` more requests of whoever is running, the one `to` places on goes on. */
export interface Switch {
  readonly after: number;
  readonly to: number;
}

interface Waiting {
  readonly actor: number;
  readonly go: () => void;
}

const MOST_REQUESTS = 200_000;

/**
 * Runs actors that share a table, one request at a time: each request is done whole, and between any two
 * another actor may be let go on. Which, and when, is given beforehand, so that a run can be repeated and made
 * smaller. When all switches are used up each actor runs to its end.
 */
export async function interleave(
  table: Table,
  switches: readonly Switch[],
  actors: readonly ((table: Table) => Promise<void>)[],
): Promise<void> {
  const waiting: Waiting[] = [];
  let live = actors.length;
  let failure: { readonly error: unknown } | undefined;
  const ends = actors.map(async (act, actor) => {
    const turn = () => new Promise<void>((resolve) => waiting.push({ actor, go: resolve }));
    try {
      await act(new TakingTurns(table, turn));
    } catch (error) {
      failure ??= { error };
    }
    live--;
  });
  let next = 0;
  let left = switches[0]?.after ?? Number.POSITIVE_INFINITY;
  let running = 0;
  for (let requests = 0; live > 0 && failure === undefined; requests++) {
    // Nobody waits for anything but the table: after a turn of the loop all that live are asking for it.
    await nextTurn();
    if (requests > MOST_REQUESTS) throw new Error('the actors do not come to an end');
    const order = waiting.toSorted((a, b) => a.actor - b.actor);
    if (order.length === 0) continue;
    if (left-- <= 0) {
      running = (running + (switches[next++]?.to ?? 0)) % actors.length;
      left = switches[next]?.after ?? Number.POSITIVE_INFINITY;
    }
    const chosen = order.find(({ actor }) => actor >= running) ?? order[0];
    if (chosen === undefined) continue;
    running = chosen.actor;
    waiting.splice(waiting.indexOf(chosen), 1);
    chosen.go();
  }
  if (failure !== undefined) throw failure.error;
  await Promise.all(ends);
}

/** One actor's way to the table. Of a write of several items each is a request of its own. */
class TakingTurns implements Table {
  readonly #table: Table;
  readonly #turn: () => Promise<void>;

  constructor(table: Table, turn: () => Promise<void>) {
    this.#table = table;
    this.#turn = turn;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    await this.#turn();
    return this.#table.get(key);
  }

  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    await this.#turn();
    return this.#table.getAll(keys);
  }

  async query(pk: string, range?: QueryRange): Promise<Item[]> {
    await this.#turn();
    return this.#table.query(pk, range);
  }

  async put(item: Item): Promise<void> {
    await this.#turn();
    await this.#table.put(item);
  }

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    await this.#turn();
    return this.#table.putIf(item, expected);
  }

  async write(puts: readonly Item[], deletes: readonly ItemKey[] = []): Promise<void> {
    for (const item of puts) await this.put(item);
    for (const key of deletes) {
      await this.#turn();
      await this.#table.write([], [key]);
    }
  }
}
