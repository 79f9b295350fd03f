import { HOUR_MS, isoTime } from '../utc-time.ts';
import { type Alert, evidenceOf } from './alert.ts';

/** The API's path of the rows around an alert, an hour to each side: of its key and principal. */
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

export function keyLink({ subject }: Alert): string {
  return `/v1/keys/${inPath(subject.keyArn ?? subject.keyRef)}`;
}

export function jobLink({ subject }: Alert): string {
  return `/v1/jobs/${inPath(subject.jobArn)}`;
}

export function principalLink({ subject }: Alert): string {
  return `/v1/principals/${inPath(subject.principalId)}`;
}

/** A text of a record may hold half of a surrogate pair, of which no URL can be made. */
function inPath(text = ''): string {
  return encodeURIComponent(text.toWellFormed());
}
