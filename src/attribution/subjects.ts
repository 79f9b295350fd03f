/**
 * The spelling of what a judgement hangs on. A judgement stays as it is while nothing that it asked for changed
 * in the time of its use.
 */
export const subject = {
  /** The jobs of a role. */
  role: (roleKey: string) => `role:${roleKey}`,
  /** The runs of one ARN. */
  arn: (arn: string) => `arn:${arn}`,
  grant: (grantId: string) => `grant:${grantId}`,
  /** The grants that name an EBS volume. */
  volume: (volumeId: string) => `volume:${volumeId}`,
  /** Whose some temporary credentials are. */
  session: (accessKeyHash: string) => `session:${accessKeyHash}`,
  /** The jobs that write below their names in a bucket. */
  written: (bucket: string) => `written:${bucket}`,
  /** The credentials that SageMaker was given for a role. */
  issued: (roleKey: string) => `issued:${roleKey}`,
  /** The jobs of an account in a Region. */
  place: (accountId: string, region: string) => `place:${accountId}/${region}`,
  /** Observed only: a job of which a session is known. */
  sessionsOf: (jobId: string) => `sessions-of:${jobId}`,
  /** Observed only: the jobs that worked in a session older than they are. */
  sharing: (session: string) => `sharing:${session}`,
  /** Observed only: what a session did that no job does. */
  outside: (session: string) => `outside:${session}`,
  /** Observed only: the jobs whose sessions are named in this way. */
  sessionsNamed: {
    job: 'named:job',
    sagemaker: 'named:sagemaker',
    number: 'named:number',
    other: 'named:other',
  },
  /** Observed only: the jobs that worked in sessions of this habit; of `first` in one that began with them. */
  sessions: {
    first: 'sessions:first',
    follow: 'sessions:follow',
    last: 'sessions:last',
    shared: 'sessions:shared',
  },
  /** Observed only: the jobs of a role that used a key. */
  keyOfRole: (roleKey: string, keyArn: string) => `key:${roleKey} ${keyArn}`,
} as const;
