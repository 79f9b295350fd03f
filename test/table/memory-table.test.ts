import { MemoryTable } from './memory-table.ts';
import { describeTableContract } from './table-contract.ts';

describeTableContract('the fake in memory', async () => ({
  table: new MemoryTable(),
  close: async () => {},
}));
