import { bucketOfPath, isBelow, placeOf, s3PathIn } from '../../attribution/s3-path.ts';
import type { InspectedUse, JoinedTo } from '../../expectations/inspected-use.ts';
import { isEncrypting } from '../../kms/is-encrypting.ts';
import type { Job } from '../../sagemaker/job.ts';
import { jobLink, usageLink } from '../links.ts';
import type { UseContext, UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** A job encrypts with, or creates a grant on, a key that it declares nowhere. */
export const undeclaredKey: UseRule = {
  id: 'undeclared-key',
  kind: 'use',
  when: 'joined',
  severity: 'high',
  isAskedForEach: true,
  concerns: (use) => use.joinedTo?.jobs.length === 1 && makesData(use),
  titleOf: (subject) =>
    `${subject.jobArn ?? 'a job'} encrypted with ${keyText(subject)}, a key that it declares nowhere`,
  checkNext: (alert) => [
    `See which keys the job declares: ${jobLink(alert)}`,
    `See what it encrypted, and where it wrote that: ${usageLink(alert)}`,
    "If the bucket's default key is meant, declare it in the job's output; if not, ask who launched the job.",
  ],
  falsePositives: ["A bucket whose default key the job's own code writes with."],
  fires(use, { job, authorOf, declaredKeys, verdict }) {
    const { joinedTo, keyArn, outcome } = use;
    if (keyArn === undefined || outcome !== 'success' || verdict.expected === 'yes') return undefined;
    // Data that is only read has the key of its writer.
    if (!makesData(use)) return undefined;
    if (joinedTo?.authorArn !== undefined) return undefined;
    const maker = joinedTo === undefined ? undefined : certainJobOf(use, joinedTo, authorOf);
    const run = maker === undefined ? undefined : job(maker.arn, maker.createdMs);
    const declared = run === undefined ? undefined : declaredKeys(run);
    if (run === undefined || declared === undefined || declared.includes(keyArn)) return undefined;
    return isLeftToBucket(use, run) ? undefined : { subject: { ...keyOf(use), jobArn: run.arn } };
  },
};

function makesData(use: InspectedUse): boolean {
  return isEncrypting(use) || use.operation === 'CreateGrant';
}

/**
 * The job of a use, when more than the role and the time ties the use to it. What is written into the folder of the only job
 * that can have made the use is that job's, also in a session that jobs of the role may share.
 */
function certainJobOf(
  use: InspectedUse,
  { status, jobs }: JoinedTo,
  authorOf: UseContext['authorOf'],
): JoinedTo['jobs'][number] | undefined {
  const [only] = jobs;
  if (status === 'exact' || status === 'strong') return only;
  if (status !== 'probable' || only === undefined) return undefined;
  return only.isOwnSession === true || authorOf(use)?.arn === only.arn ? only : undefined;
}

/** Whether the use writes to a place of the job's request for which it names no key: the bucket's default is used there. */
function isLeftToBucket({ encryptionContext }: InspectedUse, run: Job): boolean {
  const path = s3PathIn(encryptionContext);
  if (path === undefined) return false;
  const namesOutputKey = run.outputKeys.length > 0 || run.dataKeys.length > 0;
  const unnamed = [...run.checkpoints, ...(namesOutputKey ? [] : run.outputs)].map(placeOf);
  // With a Bucket Key only the bucket is known.
  return unnamed.some((place) => isBelow(path, place) || path === bucketOfPath(place));
}
