import { createHmac } from 'node:crypto';
import { awsErrorOf } from '../../aws-error.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import type { Severity } from '../rule-id.ts';
import type { PeopleChannel } from './channel.ts';
import type { GroupNotice, Notice } from './notice.ts';
import { bodyOf, groupBodyOf, groupSubjectOf, subjectOf } from './notice-text.ts';

const TIMEOUT_MS = 10_000;
const SECRET_PREFIX = 'whsec_';
/** The minimum that Standard Webhooks asks for. */
const LEAST_SECRET_BYTES = 24;

/** Where the channel posts. */
export interface WebhookSettings {
  readonly url: string;
  readonly floor: Severity;
}

/** What the channel signs with, and its clock. */
export interface WebhookOptions {
  /** The secret, or several separated by white space during a rotation: a request is signed with each. */
  readonly secret: () => Promise<string>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly timeoutMs?: number;
}

/**
 * Posts JSON to a URL, signed by the Standard Webhooks specification. Redirects are not followed. A change that is sent
 * again has the same `webhook-id`.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @throws KeytrailError `bad-parameter` for a URL that is neither https nor on this machine
 */
export function webhookChannel(
  { url, floor }: WebhookSettings,
  { secret, now, timeoutMs = TIMEOUT_MS }: WebhookOptions,
): PeopleChannel {
  const target = webhookUrl(url);
  async function post(id: string, timeMs: number, payload: object): Promise<void> {
    const body = JSON.stringify(payload);
    const timestamp = String(Math.floor(timeMs / 1000));
    const signature = signatureOf(await secret(), id, timestamp, body);
    let status: number;
    try {
      const answer = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'keytrail',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signature,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = answer.status;
      // The body of the answer is not needed.
      await answer.body?.cancel();
    } catch (cause) {
      throw new KeytrailError('delivery-failed', `The webhook did not answer: ${whyNot(cause)}.`, { cause });
    }
    if (status < 200 || status > 299) {
      throw new KeytrailError('delivery-failed', `The webhook answered ${status}.`);
    }
  }
  return {
    kind: 'people',
    name: 'webhook',
    floor,
    send: (notice: Notice) =>
      post(notice.id, now(), {
        type: 'alert.changed',
        timestamp: notice.change.time,
        subject: subjectOf(notice),
        text: bodyOf(notice),
        data: notice,
      }),
    sendGroup: (group: GroupNotice) =>
      post(group.id, now(), {
        type: 'alerts.changed',
        timestamp: new Date(now()).toISOString(),
        subject: groupSubjectOf(group),
        text: groupBodyOf(group),
        data: group,
      }),
  };
}

/**
 * The header `webhook-signature`: for each secret, the HMAC-SHA256 of the id, the timestamp and the body.
 * @throws KeytrailError `bad-parameter` for a secret that is too short
 */
export function signatureOf(secrets: string, id: string, timestamp: string, body: string): string {
  return secrets
    .trim()
    .split(/\s+/)
    .map((secret) => {
      const key = secret.startsWith(SECRET_PREFIX)
        ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
        : Buffer.from(secret);
      if (key.length < LEAST_SECRET_BYTES) {
        throw new KeytrailError(
          'bad-parameter',
          `The webhook's secret is too short; make it whsec_ and the base64 of at least ${LEAST_SECRET_BYTES} random bytes.`,
        );
      }
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}

function webhookUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && !isLoopback(url)) || url.username !== '') {
    throw new KeytrailError(
      'bad-parameter',
      "The webhook's URL must begin with https:// and hold no user name; http:// is allowed on this machine only.",
    );
  }
  return url;
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/** The error's code. Its message may contain the URL, which may contain a secret. */
function whyNot(error: unknown): string {
  const { name, code } = awsErrorOf(error);
  const cause = error instanceof Error ? awsErrorOf(error.cause) : undefined;
  return cause?.code || code || name;
}
