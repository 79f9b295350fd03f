import type { Dice } from './dice.ts';

/**
 * How things are in one account, of which AWS's documentation leaves open how they are in general: what the records
 * of SageMaker's use of KMS look like, what of it is logged, and how the account's people work. Drawn once for
 * each account.
 */
export type Customs = ReturnType<typeof customsOf>;

export function customsOf(dice: Dice) {
  return {
    partition: dice.chance(0.1) ? 'aws-cn' : 'aws',
    // Sessions of the execution role.
    sessionName: dice.pick(['SageMaker', 'job', 'execution-role', 'random', 'mixed'] as const),
    accessKey: dice.pick(['steady', 'blank', 'absent', 'hourly'] as const),
    sessionCreation: dice.pick(['once', 'hourly'] as const),
    /** Whether SageMaker's own agent, which loads and uploads data, has credentials apart from the code's. */
    agentHasOwnSession: dice.chance(0.4),
    /** Whether SageMaker takes on a role once an hour for all its jobs, not for each job. */
    sharesCredentials: dice.chance(0.15),
    sourceIdentity: dice.chance(0.25),
    inScopeOf: dice.chance(0.3),
    // What a call for the role through S3 says of it.
    s3Through: dice.pick([
      's3.amazonaws.com',
      'AWS Internal',
      'sagemaker.amazonaws.com',
      'nothing',
      'mixed',
    ] as const),
    // EBS volumes.
    volumeMaker: dice.pick(['role', 'role', 'service', 'launcher', 'unlogged'] as const),
    volumeThrough: dice.pick(['sagemaker.amazonaws.com', 'AWS Internal', 'nothing'] as const),
    grantee: dice.pick([
      'service',
      'regional-service',
      'instance',
      'instance-session',
      'role',
      'service-role',
    ] as const),
    grantConstraint: dice.pick(['subset', 'equals', 'none'] as const),
    attacher: dice.pick(['instance', 'service', 'service-account', 'role', 'unlogged'] as const),
    retires: dice.chance(0.6),
    // What else the log holds.
    stsIsLogged: dice.chance(0.4),
    logsIsLogged: dice.chance(0.4),
    modelsAreLogged: dice.chance(0.7),
    aliasesAreLogged: dice.chance(0.5),
    createShare: dice.pick([1, 0.95, 0.95, 0.6, 0]),
    stateChangeShare: dice.pick([1, 0.95, 0.95, 0.5, 0]),
    childServiceEvents: dice.pick(['details', 'request', 'unlogged'] as const),
    stateChangeTimes: dice.pick(['iso', 'text', 'number', 'iso-milliseconds'] as const),
    absentKeyIsEmptyText: dice.chance(0.3),
    maxRuntimeShare: dice.pick([1, 0.9, 0.5]),
    // People.
    roles: dice.pick(['one', 'teams', 'teams', 'per-job'] as const),
    launcher: dice.pick(['user', 'sso', 'job-role', 'ci', 'steps'] as const),
    jobsAtOnce: dice.pick([1, 2, 4, 10, 40]),
    sharedOutputShare: dice.pick([0, 0.2, 0.8]),
    sharedInputShare: dice.pick([0, 0.5, 1]),
    chainShare: dice.pick([0, 0.2, 0.5]),
    reusedNameShare: dice.pick([0, 0.05, 0.15]),
    failedCreateShare: dice.pick([0, 0.05, 0.15]),
    rerunShare: dice.pick([0, 0.2]),
    removesJobNameShare: dice.pick([0, 0.1, 0.5]),
    bucketKeyShare: dice.pick([0, 0.3, 1]),
    volumeKeyShare: dice.pick([0.3, 0.9]),
    uploadsScripts: dice.chance(0.5),
    directShare: dice.pick([0, 0.05, 0.3]),
    outsideShare: dice.pick([0.05, 0.2, 0.5]),
    crossCopies: dice.pick(['both', 'caller', 'owner'] as const),
    usesSecondRegion: dice.chance(0.3),
    hasFarBucket: dice.chance(0.4),
    hasForeignKey: dice.chance(0.4),
    // Delivery.
    door: dice.pick(['log-files', 'eventbridge', 'both'] as const),
    skewSeconds: dice.pick([0, 1, 5]),
    duplicateShare: dice.pick([0.002, 0.03, 0.2]),
    lateShare: dice.pick([0.001, 0.02]),
    lateJobEventShare: dice.pick([0, 0.05, 0.4]),
  };
}
