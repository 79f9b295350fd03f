import { jobLink } from '../links.ts';
import type { AggregateRule } from '../rule.ts';

/** A job's volume or output has no customer managed key although its kind takes one; see `find-jobs-without-key.ts`. */
export const jobNotEncryptedWithCustomerKey: AggregateRule = {
  id: 'job-not-encrypted-with-customer-key',
  kind: 'aggregate',
  severity: 'low',
  titleOf: (subject) => `${subject.jobArn ?? 'A job'} keeps data without a customer managed key`,
  checkNext: (alert) => [
    `See for which part, and how that is known: ${jobLink(alert)}`,
    'Set the key in the request of whoever launches it; an IAM condition (sagemaker:VolumeKmsKey, sagemaker:OutputKmsKey) can require it.',
  ],
  falsePositives: ['A job on instances with local disks only, which take no key.'],
};
