import type { SessionNameKind } from './session-name.ts';

/**
 * The names of what judgements depend on. A judgement stays valid while none of its subjects changes at the time of its
 * use.
 */
export const subject = {
  /** The jobs of a role. */
  role: (roleKey: string) => `role:${roleKey}`,
  /** The runs of one ARN. */
  arn: (arn: string) => `arn:${arn}`,
  grant: (grantId: string) => `grant:${grantId}`,
  /** The grants that name an EBS volume. */
  volume: (volumeId: string) => `volume:${volumeId}`,
  /** The owner of temporary credentials. */
  session: (accessKeyHash: string) => `session:${accessKeyHash}`,
  /** The jobs that own places in a bucket whose last names hash to this shelf. */
  written: (bucket: string, shelf: number) => `written:${bucket}#${shelf}`,
  /** The credentials that were issued to SageMaker for a role. */
  issued: (roleKey: string) => `issued:${roleKey}`,
  /** The key that an alias means, by its alias key. A slot's aliases are in the root of its day. */
  alias: (aliasKey: string) => `alias:${aliasKey}`,
  /** The jobs of an account in a Region. */
  regionJobs: (accountId: string, region: string) => `place:${accountId}/${region}`,
  /** Observed only: the jobs of a group whose sessions have this kind of name; see `groupOf`. */
  sessionsNamed: (kind: SessionNameKind, group: string) => `named:${kind}:${group}`,
  /** Dependency only: what a day shows about the names of the sessions of a group. */
  names: (group: string) => `names:${group}`,
  /** Observed only: the jobs that worked in a session that has the name of another job. */
  misnamed: 'sessions:misnamed',
  /** Observed only: the jobs that worked in a session whose credentials SageMaker is not on record to have been issued. */
  unissued: 'sessions:unissued',
  /** The starts of sessions that can only have begun with one job of the role. */
  sessionsWith: (jobId: string) => `with:${jobId}`,
  /** The starts of later sessions in which the only live job of the role worked in its folders. */
  later: (jobId: string) => `later:${jobId}`,
  /** Observed only: those of them in which it wrote its own objects, and the jobs that have such. */
  ownSessions: (jobId: string) => `own:${jobId}`,
  alone: 'sessions:alone',
  /** Observed only: the jobs with which a session began that worked in their folders. */
  placed: 'sessions:placed',
  /** Observed only: the jobs that showed this habit. */
  sessions: {
    first: 'sessions:first',
    follow: 'sessions:follow',
    last: 'sessions:last',
    shared: 'sessions:shared',
    odd: 'sessions:odd',
    old: 'sessions:old',
    renewed: 'sessions:renewed',
  },
  /** Observed only: the jobs with a session that began so many half minutes after their start or creation. */
  begins: (from: 'start' | 'creation', step: number) => `sessions:begins:${from}:${step}`,
  /** The starts of sessions that began with a job and wrote its own objects: one of two may be a person's. */
  begunWith: (jobId: string) => `begun:${jobId}`,
  /** Observed only: the jobs of a role that used a key. */
  keyOfRole: (roleKey: string, keyArn: string) => `key:${roleKey} ${keyArn}`,
  /** Dependency only: what a day shows about the habits of job sessions. */
  habits: 'habits',
} as const;

/** The subjects through which judgements depend on an observed one. */
export function dependencySubjectsOf(observed: string): readonly string[] {
  const [, session] = /^(?:outside|sharing|placed):(.*)$/s.exec(observed) ?? [];
  if (session !== undefined) {
    return [subject.session(session)];
  }
  const [, group] = /^named:[a-z]+:(.*)$/s.exec(observed) ?? [];
  if (group !== undefined) {
    return [subject.names(group)];
  }
  if (observed.startsWith('with:')) {
    return [observed, subject.habits];
  }
  return [/^(?:sessions|own):/.test(observed) ? subject.habits : observed];
}

/** The group of a subject of names. */
export function groupOfNames(about: string): string | undefined {
  return about.startsWith(namesPrefix) ? about.slice(namesPrefix.length) : undefined;
}

const namesPrefix = 'names:';

/** Whether a subject is an alias. */
export function isAliasSubject(about: string): boolean {
  return about.startsWith('alias:');
}

/** Whether a subject is a key of a role. Only users of the key that are alive at the time of a use matter to it. */
export function isRoleKeySubject(observed: string): boolean {
  return observed.startsWith('key:');
}

/** The subjects of one session. */
export interface SessionSubjects {
  /** Its owner. */
  readonly known: string;
  /** Observed only: counter-evidence from its calls. */
  readonly outside: string;
  /** Observed only: the jobs that worked in it. */
  readonly sharing: string;
  /** Observed only: the job that began with it and in whose folders it was used. */
  readonly placed: string;
}

const keptSessions = 50_000;
const sessions = new Map<string, SessionSubjects>();

/** Cached, because a session has many uses. */
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
    placed: `placed:${session}`,
  };
  sessions.set(session, spelled);
  return spelled;
}
