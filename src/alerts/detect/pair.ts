import type { InspectedEvent, InspectedUse } from '../../expectations/inspected-use.ts';
import { referenceInKeyName } from '../../kms/key-name.ts';
import { isReadOnlyCall } from '../../kms/operation-category.ts';
import type { Subject } from '../subject.ts';
import { EvidenceTally } from './evidence-tally.ts';

/** A denied attempt. */
export interface Denied {
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly eventId: string;
}

/** What one principal did with one key on one day, for the rules that look at many uses. */
export class Pair {
  /** The key's ARN, or its reference where no ARN is known. */
  readonly keyName: string;
  readonly keyArn: string | undefined;
  readonly keyRef: string | undefined;
  readonly principalId: string;
  /** Uses without a job, by hour of the day. How often a job uses a key depends on its data, so those do not count. */
  readonly hours = new Uint32Array(24);
  readonly seen = new EvidenceTally();
  readonly denied: Denied[] = [];
  /** The first use that counts as seen. */
  sample: InspectedEvent | undefined;

  constructor(keyName: string, keyArn: string | undefined, keyRef: string | undefined, principalId: string) {
    this.keyName = keyName;
    this.keyArn = keyArn;
    this.keyRef = keyRef;
    this.principalId = principalId;
  }
}

/** Whether a use makes its principal known on its key. Read-only calls and dry runs do not. */
export function countsAsSeen(use: InspectedUse): boolean {
  return (use.keyArn ?? use.keyRef) !== undefined && use.outcome !== 'probe' && !isReadOnlyCall(use);
}

/** Whether the join is final and found no job for the use. */
export function hasNoJob({ joinedTo }: InspectedUse): boolean {
  return joinedTo?.status === 'none';
}

/** The subject of a rule about a key and a principal: the key by its ARN, else by its reference. */
export function subjectOfPair({
  keyName,
  principalId,
}: {
  readonly keyName: string;
  readonly principalId: string;
}): Subject {
  if (keyName.startsWith('arn:')) return { keyArn: keyName, principalId };
  return keyName.startsWith('ref:') ? { keyRef: referenceInKeyName(keyName), principalId } : { principalId };
}

/** A key and a principal as one text. */
export function nameOfPair({ keyName, principalId }: Pick<Pair, 'keyName' | 'principalId'>): string {
  return `${keyName}\n${principalId}`;
}
