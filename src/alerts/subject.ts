import { hash } from 'node:crypto';
import type { RuleId } from './rule-id.ts';

/** What an alert is about: those members that its rule concerns, no other. */
export interface Subject {
  readonly keyArn?: string;
  /** What the event called the key, where no ARN of it is known. */
  readonly keyRef?: string;
  readonly principalId?: string;
  readonly jobArn?: string;
  readonly grantee?: string;
  readonly accountId?: string;
  readonly region?: string;
}

/** In a fixed order: an alert's id is made of them. Append only. */
const MEMBERS = ['keyArn', 'keyRef', 'principalId', 'jobArn', 'grantee', 'accountId', 'region'] as const;

/** One rule and one subject make one alert, whoever finds it and however often: 22 characters of base64url. */
export function alertIdOf(rule: RuleId, subject: Subject): string {
  const text = JSON.stringify([rule, ...MEMBERS.map((member) => subject[member] ?? null)]);
  return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
}
