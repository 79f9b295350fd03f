import { vi } from 'vitest';

const shards = await vi.importActual<typeof import('../../src/history/append/write-shards.ts')>(
  '../../src/history/append/write-shards.ts',
);

/** In place of `shards.ts`, for tests with few uses: segments go to any shard, as only large ones do. */
export const allWriteShards = {
  ...shards,
  shardOf: (_body: Uint8Array, name: string) => shards.shardOf(new Uint8Array(65_536), name),
};
