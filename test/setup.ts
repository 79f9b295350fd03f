import fc from 'fast-check';

/** The same cases every time, so that a run tells of the code alone; `KEYTRAIL_FUZZ_SEED=random` takes new ones. */
const seed = process.env['KEYTRAIL_FUZZ_SEED'] ?? '20261123';

/**
 * Ends in time to say what failed. Making a failing case smaller may take hours, and where cases wait for
 * nothing outside the process no timer gets its turn meanwhile: no time limit of a test would end it.
 */
const TIME_LIMIT_MS = 40_000 + 1_000 * Number(process.env['KEYTRAIL_FUZZ_RUNS'] ?? 0);

fc.configureGlobal({
  interruptAfterTimeLimit: TIME_LIMIT_MS,
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
});
