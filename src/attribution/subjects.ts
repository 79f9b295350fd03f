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
  /** The jobs that write below their names in a bucket, as far as their places end in names of this number. */
  written: (bucket: string, shelf: number) => `written:${bucket}#${shelf}`,
  /** The credentials that SageMaker was given for a role. */
  issued: (roleKey: string) => `issued:${roleKey}`,
  /** The jobs of an account in a Region. */
  regionJobs: (accountId: string, region: string) => `place:${accountId}/${region}`,
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
  /** The sessions that began with a job, by its id, and made objects of its own: one of two may be a person's. */
  begunWith: (jobId: string) => `begun:${jobId}`,
  /** Observed only: the jobs of a role that used a key. */
  keyOfRole: (roleKey: string, keyArn: string) => `key:${roleKey} ${keyArn}`,
  /** Asked only: what the sessions of a day show of how they are named and how jobs come by them. */
  habits: 'habits',
} as const;

/** Under which subject judgements ask for what is observed of one. */
export function dependencySubjectOf(observed: string): string {
  const [, session] = /^(?:outside|sharing):(.*)$/s.exec(observed) ?? [];
  if (session !== undefined) {
    return subject.session(session);
  }
  return observed.startsWith('named:') || observed.startsWith('sessions:') ? subject.habits : observed;
}

/** Whether a subject is a key of a role: of who used it only those count that are alive when it is used. */
export function isRoleKeySubject(observed: string): boolean {
  return observed.startsWith('key:');
}

/** The subjects of one session. */
export interface SessionSubjects {
  /** Whose it is. */
  readonly known: string;
  /** Observed only: what it did that no job does. */
  readonly outside: string;
  /** Observed only: the jobs that worked in it. */
  readonly sharing: string;
}

const keptSessions = 50_000;
const sessions = new Map<string, SessionSubjects>();

/** Spelled once: a session has many uses. */
export function subjectsOfSession(session: string): SessionSubjects {
  const kept = sessions.get(session);
  if (kept !== undefined) {
    return kept;
  }
  if (sessions.size >= keptSessions) {
    sessions.clear();
  }
  const spelled = {
    known: subject.session(session),
    outside: `outside:${session}`,
    sharing: `sharing:${session}`,
  };
  sessions.set(session, spelled);
  return spelled;
}
