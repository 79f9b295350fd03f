import type { RoleSession } from './identity.ts';
import type { Deed, JobTruth, UseClass } from './use-truth.ts';
import type { Run } from './world.ts';

/** The truth of a use that a run made, in a session that may name it. */
export function deedOf(run: Run, useClass: UseClass, session?: RoleSession): Deed {
  const { models } = run.telling;
  const jobKnown = isKnown(run);
  const tellsRole = run.type === 'transform-job' || run.type === 'endpoint' ? models : true;
  return {
    class: session?.inScopeOf === undefined ? useClass : 'scoped',
    jobArn: run.arn,
    jobCreatedTime: new Date(run.createdMs).toISOString(),
    jobKnown,
    roleKnown: jobKnown && tellsRole,
    roleMadeOutsideAnyJob: false,
    ...(run.parentArn === undefined ? {} : { withinArn: run.parentArn }),
  };
}

/** Whether a record or state change tells of it. */
export function isKnown({ telling }: Run): boolean {
  return telling.create || telling.start || telling.end;
}

export function truthOf(run: Run): JobTruth {
  return {
    arn: run.arn,
    type: run.type,
    ...(run.type === 'model-card' ? {} : { roleArn: run.role.arn }),
    createdTime: new Date(run.createdMs).toISOString(),
    startedTime: new Date(run.startedMs).toISOString(),
    endedTime: new Date(run.endedMs).toISOString(),
    isKnown: isKnown(run),
    ...(run.parentArn === undefined ? {} : { withinArn: run.parentArn }),
  };
}

/** The truth of a use that no job made. */
export function outsideDeed(useClass: UseClass, isByJobRole: boolean): Deed {
  return { class: useClass, jobArn: null, roleMadeOutsideAnyJob: isByJobRole };
}
