import { writeCheckpoints, writeReads, writeWrites } from './data-uses.ts';
import type { Launcher } from './launchers.ts';
import type { DataJob } from './run.ts';
import { writeDirectUse, writeServiceUse } from './service-uses.ts';
import { writeTraces } from './session-traces.ts';
import { writeVolumeUses } from './volume-uses.ts';
import type { World } from './world.ts';

/** Everything that one data-processing job does with keys, and what other logs say of its sessions. */
export function writeJobUses(world: World, job: DataJob, launcher: Launcher): void {
  const { dice, customs, isSmall } = world;
  const uses = Math.min(isSmall ? 60 : 400, Math.max(4, Math.round(dice.around(isSmall ? 14 : 45))));
  writeTraces(world, job);
  if (job.volumeKey !== undefined) {
    writeVolumeUses(world, job, job.volumeKey, launcher);
  }
  writeReads(world, job, Math.ceil(uses * 0.6));
  writeWrites(world, job, Math.ceil(uses * 0.15));
  writeCheckpoints(world, job, Math.ceil(uses * 0.15));
  for (let done = 0; done < uses * 0.1; done++) {
    if (dice.chance(0.4)) {
      writeServiceUse(world, job);
    }
  }
  for (let done = 0; done < uses * customs.directShare; done++) {
    writeDirectUse(world, job);
  }
}
