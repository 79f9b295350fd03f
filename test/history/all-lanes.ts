import { vi } from 'vitest';

const lanes = await vi.importActual<typeof import('../../src/history/append/lanes.ts')>(
  '../../src/history/append/lanes.ts',
);

/** In place of `lanes.ts`, for tests with few uses: segments go to any lane, as only large ones do. */
export const allLanes = {
  ...lanes,
  laneOf: (_body: Uint8Array, name: string) => lanes.laneOf(new Uint8Array(65_536), name),
};
