import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeopleChannel } from '../../../src/alerts/delivery/channel.ts';
import { groupOf } from '../../../src/alerts/delivery/group-notice.ts';
import { type Notice, noticeOf } from '../../../src/alerts/delivery/notice.ts';
import { signatureOf, webhookChannel } from '../../../src/alerts/delivery/webhook.ts';
import { WebhookReceiver } from './alert-receivers.ts';
import { anAlert, NOON_MS } from './an-alert.ts';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;

let receiver: WebhookReceiver;
let channel: PeopleChannel;
let notice: Notice;
beforeEach(async () => {
  receiver = await new WebhookReceiver().listen();
  channel = webhookTo(`${receiver.url}/alerts`);
  const alert = anAlert();
  const [change] = alert.changes;
  if (change === undefined) throw new Error('it has a change');
  notice = noticeOf(alert, change);
});
afterEach(() => receiver.close());

function webhookTo(url: string, secret = SECRET, timeoutMs?: number): PeopleChannel {
  return webhookChannel(
    { url, floor: 'low' },
    { secret: async () => secret, now: () => NOON_MS, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );
}

describe('a webhook', () => {
  it('gets the notice as JSON, signed as Standard Webhooks says', async () => {
    await channel.send(notice);
    const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = receiver.taken;
    expect(path).toBe('/alerts');
    expect(JSON.parse(body)).toMatchObject({ type: 'alert.changed', data: notice });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': String(NOON_MS / 1000),
    });
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const mac = createHmac('sha256', 'a secret of thirty-two bytes ...').update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  });

  it('has the signature of the specification’s own example', () => {
    expect(
      signatureOf(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        '1614265330',
        '{"test": 2432232314}',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is signed with each secret while it is changed, and never with one that is too short', async () => {
    const other = `whsec_${Buffer.from('another secret of many more bytes').toString('base64')}`;
    const signature = (secrets: string) => signatureOf(secrets, 'id', '1', '{}');
    expect(signature(`${SECRET} ${other}`)).toBe(`${signature(SECRET)} ${signature(other)}`);
    await expect(webhookTo(receiver.url, 'whsec_c2hvcnQ=').send(notice)).rejects.toMatchObject({
      code: 'bad-parameter',
    });
    await expect(webhookTo(receiver.url, '').send(notice)).rejects.toMatchObject({ code: 'bad-parameter' });
    expect(receiver.requests).toBe(0);
  });

  it('gets one request for a group', async () => {
    const group = groupOf([notice, { ...notice, id: 'b.1', alertId: 'b' }]);
    await channel.sendGroup(group);
    expect(receiver.ids).toEqual([group.id]);
    expect(JSON.parse(receiver.taken[0]?.body ?? '')).toMatchObject({ type: 'alerts.changed', data: group });
  });

  it.each(['refused', 'taken, then 500', 'dropped', 'taken, then dropped'] as const)(
    'that has %s it has not taken it, as far as can be known',
    async (reaction) => {
      receiver.reactions = [reaction];
      await expect(channel.send(notice)).rejects.toMatchObject({ code: 'delivery-failed' });
      await channel.send(notice);
      expect(new Set(receiver.ids)).toEqual(new Set([notice.id]));
    },
  );

  it('that does not answer is not waited for', async () => {
    receiver.reactions = ['silent'];
    await expect(webhookTo(receiver.url, SECRET, 50).send(notice)).rejects.toThrow(
      'The webhook did not answer: TimeoutError.',
    );
  });

  it('that redirects is not followed', async () => {
    const other = await new WebhookReceiver().listen();
    receiver.status = 307;
    receiver.headers['location'] = other.url;
    await expect(channel.send(notice)).rejects.toThrow('The webhook answered 307.');
    expect(other.requests).toBe(0);
    await other.close();
  });

  it.each(['http://example.com/', 'ftp://127.0.0.1/', 'https://user:word@example.com/', 'example.com', ''])(
    'is never at %j',
    (url) => {
      expect(() => webhookTo(url)).toThrow('must begin with https://');
    },
  );

  it('may be at https anywhere', () => {
    expect(() => webhookTo('https://hooks.example.com/a?b=c')).not.toThrow();
  });

  it('says of a failure nothing of its URL, which may hold a secret', async () => {
    const { url } = receiver;
    await receiver.close();
    const failing = webhookTo(`${url}/T0K3N`).send(notice);
    await expect(failing).rejects.toThrow('The webhook did not answer: ECONNREFUSED.');
    await receiver.listen();
  });
});
