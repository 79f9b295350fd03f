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
  /** The principals that the alert is about; `principalId` is then the first of them, and not part of the alert's id. */
  readonly family?: string;
  readonly alias?: string;
}

/** Alert ids are hashes of the members in this order, so it stays as it is. */
const MEMBERS = ['keyArn', 'keyRef', 'principalId', 'jobArn', 'grantee', 'accountId', 'region'] as const;

/** The id of the one alert that a rule and a subject have: 22 characters of base64url. */
export function alertIdOf(rule: RuleId, subject: Subject): string {
  const { family, alias } = subject;
  const named = family === undefined ? subject : { ...subject, principalId: undefined };
  const members = MEMBERS.map((member) => named[member] ?? null);
  // Younger members, by name: they leave the ids of other alerts as they are.
  const later = { ...(family === undefined ? {} : { family }), ...(alias === undefined ? {} : { alias }) };
  const text = JSON.stringify([rule, ...members, ...Object.entries(later)]);
  return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
}
