import type { Json } from './json.ts';
import { isDataJob } from './run.ts';
import { type Place, writeObjectUse } from './s3-place.ts';
import type { Deed } from './use-truth.ts';
import type { Run, World } from './world.ts';

/** What people do by hand: look at data sets, at jobs' results, and put files beside them. */
export function writeHandWork(world: World, run: Run, atMs: number, by: Json, deed: Deed): void {
  const { dice } = world;
  const place = placeOfInterest(world, run);
  writeObjectUse(
    world,
    {
      atMs,
      operation: dice.chance(0.7) ? 'Decrypt' : 'GenerateDataKey',
      place,
      object: dice.pick(['output/model.tar.gz', 'part-00003.parquet', 'notes.csv']),
    },
    by,
    deed,
  );
}

/** Where jobs of the role read and write, if there were some; else a data set. */
export function placeOfInterest(world: World, run: { readonly role: Run['role'] }): Place {
  const { dice } = world;
  const places = world.runs.flatMap((other) =>
    isDataJob(other) && other.role.arn === run.role.arn ? [other.output, ...other.declaredInputs] : [],
  );
  return places.length > 0 && dice.chance(0.8)
    ? dice.pick(places)
    : { bucket: dice.pick(world.dataBuckets), prefix: 'exploration' };
}
