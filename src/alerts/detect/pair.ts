import type { InspectedUse } from '../../expectations/inspected-use.ts';
import { referenceOfPartition } from '../../history/query/usage-filter.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import type { Subject } from '../subject.ts';
import { EvidenceTally } from './evidence-tally.ts';

/** A denied attempt. Epoch milliseconds. */
export interface Denied {
  readonly timeMs: number;
  readonly eventId: string;
}

/** What one principal did with one key in a day, as far as rules ask that look at many uses. */
export class Pair {
  /** The key's partition: its ARN, or what uses called it. */
  readonly partition: string;
  readonly keyArn: string | undefined;
  readonly keyRef: string | undefined;
  readonly principalId: string;
  /** Uses by hour of the day that no job explains: what a job does is as much as its data. */
  readonly hours = new Uint32Array(24);
  readonly seen = new EvidenceTally();
  readonly denied: Denied[] = [];
  /** The first use that makes it seen. */
  sample: InspectedUse | undefined;

  constructor(
    partition: string,
    keyArn: string | undefined,
    keyRef: string | undefined,
    principalId: string,
  ) {
    this.partition = partition;
    this.keyArn = keyArn;
    this.keyRef = keyRef;
    this.principalId = principalId;
  }
}

/** Whether a use makes its principal known on its key. Looking at a key, or asking what would be, does not. */
export function makesSeen(use: InspectedUse): boolean {
  return (use.keyArn ?? use.keyRef) !== undefined && use.outcome !== 'probe' && !isReadOnlyCall(use);
}

/** Whether the join was asked of a use for good and found no job that explains it. */
export function isOfNoJob({ joinedTo }: InspectedUse): boolean {
  return joinedTo?.status === 'none';
}

/** The subject of rules about a key and a principal: the key by its ARN, else by what uses called it. */
export function subjectOfPair({
  partition,
  principalId,
}: {
  readonly partition: string;
  readonly principalId: string;
}): Subject {
  if (partition.startsWith('arn:')) return { keyArn: partition, principalId };
  return partition.startsWith('ref:')
    ? { keyRef: referenceOfPartition(partition), principalId }
    : { principalId };
}
