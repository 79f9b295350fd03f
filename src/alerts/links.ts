import { HOUR_MS, isoTime } from '../utc-time.ts';
import { type Alert, evidenceOf } from './alert.ts';

/** The API path of the alert's rows, from an hour before the first to an hour after the last. */
export function usageLink({ subject, days }: Alert, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams();
  const key = subject.keyArn ?? subject.keyRef;
  if (key !== undefined) query.set('key', key);
  if (subject.principalId !== undefined) query.set('principal', subject.principalId);
  if (subject.jobArn !== undefined) query.set('job', subject.jobArn);
  const evidence = evidenceOf(days);
  if (evidence !== undefined) {
    query.set('from', isoTime(evidence.firstMs - HOUR_MS));
    query.set('to', isoTime(evidence.lastMs + HOUR_MS));
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return `/v1/usage?${query}`;
}

/** The API path of the alert's key. */
export function keyLink({ subject }: Alert): string {
  return `/v1/keys/${inPath(subject.keyArn ?? subject.keyRef)}`;
}

/** The API path of the alert's job. */
export function jobLink({ subject }: Alert): string {
  return `/v1/jobs/${inPath(subject.jobArn)}`;
}

/** The API path of the alert's principal. */
export function principalLink({ subject }: Alert): string {
  return `/v1/principals/${inPath(subject.principalId)}`;
}

/** Text from a record may contain half of a surrogate pair, which no URL can contain. */
function inPath(text = ''): string {
  return encodeURIComponent(text.toWellFormed());
}
