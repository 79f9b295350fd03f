import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that change the environment, or whose subject keeps something for the length of a process. */
const OF_PROCESSES = [
  'alerts/delivery',
  'backfill',
  'cli',
  'deploy/local',
  'embedded',
  'handlers',
  'import',
  'table',
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // All processors: many tests wait for processes that they start.
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: 'processes', include: OF_PROCESSES } },
      {
        extends: true,
        // Files share their modules, so that each worker loads the sources once.
        test: { name: 'modules', include: ['test/**/*.test.ts'], exclude: OF_PROCESSES, isolate: false },
      },
    ],
  },
});
