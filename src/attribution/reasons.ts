import type { Job } from '../sagemaker/job.ts';
import { evidence } from './evidence.ts';
import type { ScoredCandidate } from './score-candidates.ts';
import type { Exclusion } from './session-context.ts';

/** The evidence for a job in sentences, which are about the job and never about the single use. */
export function reasonsFor({ candidate, bits, place }: ScoredCandidate, { ground, keyArn }: Facts): string[] {
  const { name } = candidate.job;
  const sentences: readonly (readonly [number, string])[] = [
    [evidence.ownObject, `objects below s3://${place} are written only by ${name}`],
    [evidence.session, `${KNOWN_SESSION}${name}`],
    [evidence.sessionName, `${NAMED_SESSION}${name} in it`],
    [evidence.input, `${name} declares s3://${place} as its input`],
    [evidence.output, `${name} declares s3://${place} as its output, where others may write too`],
    [evidence.bucket, `${name} works in the bucket ${place}`],
    [evidence.sessionStart, `the session began when ${name} started`],
    [evidence.placedSession, `other uses of the session are in folders that ${name} declares`],
    [evidence.laterSession, `the session may have followed an earlier one of ${name}`],
    [evidence.onTheHour, `the session began whole hours after ${name} started`],
    [evidence.renewal, `the session began whole hours after another that began with ${name}`],
    [evidence.unlikeName, 'the session is named unlike those of such jobs'],
    [evidence.strangeName, "the session is named unlike those of other jobs' sessions that are known"],
    [evidence.person, `the source identity is that of whoever launched ${name}`],
    [evidence.declaredKey, `${name} declares the key ${keyArn}`],
    [evidence.defaultKey, `${name} names no key for what it writes`],
    [evidence.usedKey, `${name} was seen using the key ${keyArn} on that day`],
  ];
  return [...sentences.filter(([bit]) => (bits & bit) !== 0).map(([, sentence]) => sentence), ground];
}

const KNOWN_SESSION = 'the session is known to be of ';
const NAMED_SESSION = "the session's name has ";

/** Whether the reasons for a job say that the session is its own. Names come later in the other sentences. */
export function saysOwnSession(reasons: readonly string[]): boolean {
  return reasons.some((reason) => reason.startsWith(KNOWN_SESSION) || reason.startsWith(NAMED_SESSION));
}

/** Why no job made a use: a sign in its session of a person, another service or another machine. */
export function outsiderSentence(sign: string, roleName: string): string {
  return `${sign}${OUTSIDER}${roleName} made it`;
}

/** Why no job made a use: its session is none that SageMaker began. */
export function foreignSentence(roleName: string): string {
  return `${FOREIGN_START}${roleName}${FOREIGN_END}`;
}

/** Why no job made a use: nothing connects the only one that was alive with it. */
export function unsupportedSentence({ name }: Pick<Job, 'name'>, roleName: string): string {
  return `of the role ${roleName} only ${name} was alive, and nothing of the use or its session is known to be its`;
}

const OUTSIDER = ', so no job of the role ';
const FOREIGN_START = "SageMaker's assuming the role ";
const FOREIGN_END = ' is on record, and this session is none of those it began';

/** The reason why no job made a use that shows its session to be somebody else's. A role's name has no spaces. */
export function outsiderReason(reasons: readonly string[]): string | undefined {
  return reasons.find(
    (reason) =>
      / so no job of the role \S+ made it$/.test(reason) ||
      (reason.startsWith(FOREIGN_START) && reason.endsWith(FOREIGN_END)),
  );
}

/** Why the jobs that were alive cannot have made a use. */
export function exclusionSentence(exclusion: Exclusion, roleName: string): string {
  switch (exclusion) {
    case 'session-older':
      return `the session of ${roleName} began before any job of that role that was alive was created`;
    case 'session-of-another':
      return `the session of ${roleName} is known to be of a job that was not alive then`;
    case 'session-begun-between':
      return `the session of ${roleName} began too late to be the first of a job that was alive, and too early to follow it`;
    case 'session-too-old':
      return `the session of ${roleName} is over an hour old, and those of jobs are known to be renewed before`;
    case 'has-another-session':
      return `of ${roleName} only jobs were alive that are known to work in other sessions`;
    case 'session-named-unlike':
      return `the session of ${roleName} is named unlike the sessions of jobs`;
    case 'another-person':
      return `the source identity is not that of whoever launched the jobs of ${roleName} that were alive`;
    case 'works-through-children':
      return `of ${roleName} only tuning or AutoML jobs were alive, which work through jobs that they make`;
    default:
      return exclusion satisfies never;
  }
}

/** What the reasons of all jobs of a judgement have in common. */
export interface Facts {
  /** The last reason of each job: that role and time agree, or what stands in for the role. */
  readonly ground: string;
  readonly keyArn: string | undefined;
  /** The ARN of the job that wrote the data, if another one reads it. */
  readonly author?: string | undefined;
}
