import fc from 'fast-check';

/** The same cases every time, so that a run tells of the code alone; `KEYTRAIL_FUZZ_SEED=random` takes new ones. */
const seed = process.env['KEYTRAIL_FUZZ_SEED'] ?? '20261123';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
