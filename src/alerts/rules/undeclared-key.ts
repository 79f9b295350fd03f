import { jobLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

/** Operations that encrypt data, or let others do so. Data that is only read has the key of its writer. */
const MAKES_DATA = /^(?:Encrypt|GenerateDataKey|CreateGrant|ReEncrypt)/;

/** A job encrypts with, or creates a grant on, a key that it declares nowhere. */
export const undeclaredKey: UseRule = {
  id: 'undeclared-key',
  kind: 'use',
  when: 'joined',
  severity: 'high',
  titleOf: (subject) =>
    `${subject.jobArn ?? 'a job'} encrypted with ${keyText(subject)}, a key that it declares nowhere`,
  checkNext: (alert) => [
    `See which keys the job declares: ${jobLink(alert)}`,
    `See what it encrypted, and where it wrote that: ${usageLink(alert)}`,
    "If the bucket's default key is meant, declare it in the job's output; if not, ask who launched the job.",
  ],
  falsePositives: ["A bucket whose default key the job's own code writes with."],
  fires(use, { job, declaredKeys, verdict }) {
    const { joinedTo, keyArn, operation, outcome, keyRole } = use;
    if (keyArn === undefined || outcome !== 'success' || !MAKES_DATA.test(operation)) return undefined;
    if (keyRole === 'source' || verdict.expected === 'yes') return undefined;
    if (joinedTo === undefined || (joinedTo.status !== 'exact' && joinedTo.status !== 'strong'))
      return undefined;
    const [only] = joinedTo.jobs;
    const run = only === undefined ? undefined : job(only.arn, only.createdMs);
    const declared = run === undefined ? undefined : declaredKeys(run);
    // A job without any declared key leaves the choice to its bucket; job-not-encrypted-with-customer-key finds it.
    if (run === undefined || declared === undefined || declared.length === 0) return undefined;
    return declared.includes(keyArn) ? undefined : { subject: { ...keyOf(use), jobArn: run.arn } };
  },
};
