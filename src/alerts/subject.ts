import { hash } from 'node:crypto';
import type { RuleId } from './rule-id.ts';

/** What an alert is about. Only the members that its rule is about are set. */
export interface Subject {
  readonly keyArn?: string;
  /** The key reference in the event, where no ARN is known. */
  readonly keyRef?: string;
  readonly principalId?: string;
  readonly jobArn?: string;
  readonly grantee?: string;
  readonly accountId?: string;
  readonly region?: string;
}

/** Alert ids are hashes of the members in this order, so it is append-only. */
const MEMBERS = ['keyArn', 'keyRef', 'principalId', 'jobArn', 'grantee', 'accountId', 'region'] as const;

/** The id of the one alert that a rule and a subject have: 22 characters of base64url. */
export function alertIdOf(rule: RuleId, subject: Subject): string {
  const text = JSON.stringify([rule, ...MEMBERS.map((member) => subject[member] ?? null)]);
  return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
}
