import type { Table } from '../src/table/table.ts';
import { MemoryTable } from '../test/table/memory-table.ts';
import { joinUnits, type Meter, meterTable, newMeter } from './metered-table.ts';

export interface Spent {
  rows: number;
  writeUnits: number;
  /** Those among them that deletes cost. */
  deleteUnits: number;
  /** Those among them of items that only the join writes. */
  joinUnits: number;
  readUnits: number;
  /** Of the processor, collecting garbage included: other work on the machine does not count. */
  busyMs: number;
}

/** A table in memory, and what is spent on it. */
export class Ledger {
  readonly meter: Meter = newMeter();
  readonly table: Table = meterTable(new MemoryTable(), this.meter);

  /** What `work` costs, which tells how many rows it was about. */
  async spend(work: () => Promise<number>): Promise<Spent> {
    const { writeUnits, deleteUnits, readUnits } = this.meter;
    const ofJoin = joinUnits(this.meter);
    const beginMs = busyMs();
    const rows = await work();
    return {
      rows,
      writeUnits: this.meter.writeUnits - writeUnits,
      deleteUnits: this.meter.deleteUnits - deleteUnits,
      joinUnits: joinUnits(this.meter) - ofJoin,
      readUnits: this.meter.readUnits - readUnits,
      busyMs: busyMs() - beginMs,
    };
  }
}

export function nothingSpent(): Spent {
  return { rows: 0, writeUnits: 0, deleteUnits: 0, joinUnits: 0, readUnits: 0, busyMs: 0 };
}

export function addSpent(total: Spent, spent: Spent): void {
  total.rows += spent.rows;
  total.writeUnits += spent.writeUnits;
  total.deleteUnits += spent.deleteUnits;
  total.joinUnits += spent.joinUnits;
  total.readUnits += spent.readUnits;
  total.busyMs += spent.busyMs;
}

function busyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
