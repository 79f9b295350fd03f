import { sessionIdentity } from './identity.ts';
import { type Authored, type DataJob, timeDuring } from './run.ts';
import { below, writeObjectUse } from './s3-place.ts';
import { deedOf } from './truth-of-run.ts';
import type { UseClass } from './use-truth.ts';
import type { World } from './world.ts';

/** What a job reads from S3: at its start where it copies its inputs, all the time where it streams them. */
export function writeReads(world: World, job: DataJob, count: number): void {
  const { dice } = world;
  const streams = dice.chance(0.3);
  const places: (readonly [Authored, UseClass])[] = [
    ...job.inputs.map((place) => [{ place }, 'input'] as const),
    ...(job.manifestPlace === undefined ? [] : [[{ place: job.manifestPlace }, 'manifest'] as const]),
    ...(job.chainedFrom === undefined ? [] : [[job.chainedFrom, 'chain'] as const]),
  ];
  const read = ({ place, authorArn }: Authored, object: string, useClass: UseClass, atMs: number) => {
    const session = dice.chance(0.2) ? job.session : job.agent;
    writeObjectUse(world, { atMs, operation: 'Decrypt', place, object }, sessionIdentity(session, atMs), {
      ...deedOf(job, useClass, session),
      ...(authorArn === undefined ? {} : { authorJobArn: authorArn }),
    });
  };
  for (let done = 0; done < count; done++) {
    const [place, useClass] = dice.pick(places);
    const part = `part-${String(dice.between(0, 400)).padStart(5, '0')}.parquet`;
    read(place, part, useClass, timeDuring(job, dice, 0, streams ? 1 : 0.2));
  }
  if (job.source !== undefined) {
    read({ place: job.source }, 'sourcedir.tar.gz', 'source', timeDuring(job, dice, 0, 0.02));
  }
  if (job.model !== undefined) {
    read(job.model, 'model.tar.gz', 'model', timeDuring(job, dice, 0, 0.05));
  }
}

/** What it writes: results at its end, where uploads may outlast the end that SageMaker tells of. */
export function writeWrites(world: World, job: DataJob, count: number): void {
  const { dice } = world;
  const useClass = job.outputIsShared ? 'shared' : 'output';
  const key = job.outputKey === undefined ? {} : { key: job.outputKey };
  for (let done = 0; done < count; done++) {
    const atMs = timeDuring(job, dice, job.type === 'training-job' ? 0.9 : 0.3, 1);
    const object = objectOf(job, done);
    // The parts of a multipart upload need Decrypt as well.
    const operation = dice.chance(0.15) ? 'Decrypt' : 'GenerateDataKey';
    writeObjectUse(
      world,
      { atMs, operation, place: job.output, object, ...key },
      sessionIdentity(job.agent, atMs),
      deedOf(job, useClass, job.agent),
    );
  }
}

function objectOf(job: DataJob, number: number): string {
  if (job.type !== 'training-job') {
    return `part-${String(number).padStart(5, '0')}.csv.out`;
  }
  return number === 0 ? 'output/model.tar.gz' : `output/data/metrics-${number}.json`;
}

/** Checkpoints come all along; a rerun begins by reading those of an earlier run. */
export function writeCheckpoints(world: World, job: DataJob, count: number): void {
  const { dice } = world;
  if (job.checkpoint === undefined) {
    return;
  }
  for (let done = 0; done < count; done++) {
    const resumes = job.resumes && done < count / 3;
    const atMs = timeDuring(job, dice, resumes ? 0 : 0.1, resumes ? 0.05 : 1);
    writeObjectUse(
      world,
      {
        atMs,
        operation: resumes ? 'Decrypt' : 'GenerateDataKey',
        place: below(job.checkpoint, 'state'),
        object: `epoch-${resumes ? done : done + count}.pt`,
        ...(job.outputKey === undefined || resumes ? {} : { key: job.outputKey }),
      },
      sessionIdentity(job.agent, atMs),
      deedOf(job, 'checkpoint', job.agent),
    );
  }
}
