import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Alert } from '../../../src/alerts/alert.ts';
import type { Channel } from '../../../src/alerts/delivery/channel.ts';
import { deliverOutbox } from '../../../src/alerts/delivery/deliver.ts';
import { CLAIM_MS, type DeliveryContext } from '../../../src/alerts/delivery/delivery-context.ts';
import type { Notice } from '../../../src/alerts/delivery/notice.ts';
import { resolved } from '../../../src/alerts/store/alert-states.ts';
import { changeAlert, listAlerts } from '../../../src/alerts/store/alert-store.ts';
import { OUTBOX_PK } from '../../../src/alerts/store/outbox-items.ts';
import { KeytrailError } from '../../../src/keytrail-error.ts';
import { decodeJson } from '../../../src/table/json-body.ts';
import type { Item, Table } from '../../../src/table/table.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { interleave } from '../../history/interleaving.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { MortalTable, type PlantedFault } from '../../table/mortal-table.ts';
import { alertsOfKeys, NOON_MS, putAlerts } from './an-alert.ts';

/** Faults that were planted come as such; anything else fails the test. */
function onlyPlanted(error: unknown): void {
  if (!(error instanceof KeytrailError)) throw error;
}

const RUNS = fuzzRuns(75);

const faults = fc.array(
  fc.record<PlantedFault>({
    after: fc.nat(12),
    kind: fc.constantFrom('refused', 'lost answer', 'last deed'),
    dies: fc.boolean(),
    order: fc.nat(3),
  }),
  { maxLength: 2 },
);
const switches = fc.array(fc.record({ after: fc.nat(8), to: fc.nat(3) }), { maxLength: 30 });
/** Which of a channel's answers are lost, or say that it did not take it. */
const answers = fc.array(fc.constantFrom('taken', 'taken', 'refused', 'answer lost'), { maxLength: 12 });

type Answer = 'taken' | 'refused' | 'answer lost';

/** What was sent to which channel by whom, and which of it is not marked yet. */
class World {
  readonly taken = new Map<string, number>();
  /** What may be sent again: its sender met a fault between the channel's answer and the mark. */
  readonly excused = new Set<string>();
  readonly #answers: Answer[];

  constructor(planned: readonly Answer[]) {
    this.#answers = [...planned];
  }

  take(channel: string, { id }: Pick<Notice, 'id'>, open: Set<string>): void {
    const answer = this.#answers.shift() ?? 'taken';
    if (answer === 'refused') throw new KeytrailError('delivery-failed', 'refused');
    const name = `${channel} ${id}`;
    this.taken.set(name, (this.taken.get(name) ?? 0) + 1);
    if (answer === 'answer lost') {
      this.excused.add(name);
      throw new KeytrailError('delivery-failed', 'its answer was lost');
    }
    open.add(name);
  }
}

/** A teller's way to the table: sees its own marks written, and excuses what is unmarked when it meets a fault. */
class Witness implements Table {
  readonly #table: Table;
  readonly #world: World;
  readonly open = new Set<string>();

  constructor(table: Table, world: World) {
    this.#table = table;
    this.#world = world;
  }

  get = (...args: Parameters<Table['get']>) => this.#observe(() => this.#table.get(...args));
  getAll = (...args: Parameters<Table['getAll']>) => this.#observe(() => this.#table.getAll(...args));
  query = (...args: Parameters<Table['query']>) => this.#observe(() => this.#table.query(...args));
  put = (...args: Parameters<Table['put']>) => this.#observe(() => this.#table.put(...args));
  write = (...args: Parameters<Table['write']>) => this.#observe(() => this.#table.write(...args));

  async putIf(item: Item & { readonly version: number }, expected: number | undefined): Promise<boolean> {
    const isPut = await this.#observe(() => this.#table.putIf(item, expected));
    if (isPut && item.pk === 'alert') this.#forgetMarked(decodeJson<Alert>(item, 'An alert'));
    return isPut;
  }

  #forgetMarked({ id, deliveries }: Alert): void {
    for (const name of this.open) {
      const [channel, change] = name.split(' ');
      const pending = deliveries.find((delivery) => change === `${id}.${delivery.change}`);
      const isDone = pending?.done.some((done) => done === channel) ?? true;
      if (change?.startsWith(`${id}.`) && isDone) this.open.delete(name);
    }
  }

  async #observe<Answered>(ask: () => Promise<Answered>): Promise<Answered> {
    try {
      return await ask();
    } catch (error) {
      for (const name of this.open) this.#world.excused.add(name);
      throw error;
    }
  }
}

function channelsOf(world: World, open: Set<string>): readonly Channel[] {
  return [
    {
      kind: 'people',
      name: 'sns',
      floor: 'low',
      send: async (notice) => world.take('sns', notice, open),
      // Where turns were lost to faults: it comes again, one by one.
      sendGroup: () => Promise.reject(new KeytrailError('delivery-failed', 'no groups here')),
    },
    {
      kind: 'records',
      name: 'event-bridge',
      floor: 'low',
      atATime: 2,
      async sendAll(notices) {
        const refused = notices.flatMap((notice): [string, string][] => {
          try {
            world.take('event-bridge', notice, open);
            return [];
          } catch {
            return [[notice.id, 'refused']];
          }
        });
        return new Map(refused);
      },
    },
  ];
}

it('every channel gets every change whatever fails, and only once where nothing failed in between', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(faults, { minLength: 3, maxLength: 3 }),
      switches,
      answers,
      async (planted, plan, planned) => {
        const table = new MemoryTable();
        const world = new World(planned);
        let nowMs = NOON_MS;
        let nextId = 0;
        const ids = await putAlerts(table, alertsOfKeys(3));
        const delivering = (witness: Witness): DeliveryContext => ({
          table: witness,
          channels: channelsOf(world, witness.open),
          now: () => nowMs,
          newId: () => `id-${nextId++}`,
          isTimeLeft: () => true,
        });
        const teller = (mine: readonly PlantedFault[]) => async (turns: Table) => {
          const mortal = new MortalTable(turns, mine);
          // Each time another process that finds what the one before left.
          for (let life = 0; life < 3; life++) {
            await deliverOutbox(delivering(new Witness(mortal, world))).catch(onlyPlanted);
            mortal.revive();
          }
        };
        const changer = async (turns: Table) => {
          await changeAlert(turns, ids[0] ?? '', (alert) => alert && resolved(alert, 'explained', nowMs + 1));
        };
        await interleave(table, plan, [...planted.map(teller), changer]);
        for (const alert of await listAlerts(table)) {
          for (const { change } of alert.deliveries) {
            const entries = await table.query(OUTBOX_PK);
            expect(
              entries.some(({ fields }) => fields?.['alertId'] === alert.id && fields['change'] === change),
            ).toBe(true);
          }
        }
        for (let round = 0; round < 20; round++) {
          nowMs += CLAIM_MS + 3_600_000;
          await deliverOutbox(delivering(new Witness(table, world)));
        }
        const expected = [...ids.map((id) => `${id}.1`), `${ids[0]}.2`];
        for (const channel of ['sns', 'event-bridge']) {
          for (const id of expected) {
            const name = `${channel} ${id}`;
            const count = world.taken.get(name) ?? 0;
            expect(count, name).toBeGreaterThanOrEqual(1);
            if (!world.excused.has(name)) expect(count, name).toBe(1);
          }
        }
        expect(world.taken.size).toBe(2 * expected.length);
        expect(await table.query(OUTBOX_PK)).toEqual([]);
        for (const { deliveries } of await listAlerts(table)) expect(deliveries).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
});
