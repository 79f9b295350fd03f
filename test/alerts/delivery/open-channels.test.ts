import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Channel } from '../../../src/alerts/delivery/channel.ts';
import { deliverySettingsOf } from '../../../src/alerts/delivery/delivery-settings.ts';
import { type Notice, noticeOf } from '../../../src/alerts/delivery/notice.ts';
import { openChannels } from '../../../src/alerts/delivery/open-channels.ts';
import { signatureOf } from '../../../src/alerts/delivery/webhook.ts';
import { EventBusReceiver, FindingsReceiver, SecretKeeper, WebhookReceiver } from './alert-receivers.ts';
import { anAlert, NOON_MS } from './an-alert.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const REGION = 'eu-central-1';

describe('the settings of a function', () => {
  it('open no channel where nothing is set, or only what is empty', async () => {
    expect(await openChannels(deliverySettingsOf({}), () => NOON_MS)).toEqual([]);
    const empty = { KEYTRAIL_ALERT_TOPIC: '', KEYTRAIL_ALERT_WEBHOOK: '', KEYTRAIL_ALERT_BASE_URL: '' };
    expect(deliverySettingsOf(empty)).toEqual({});
  });

  it('are refused where a webhook has no secret, or a severity is none', () => {
    expect(() => deliverySettingsOf({ KEYTRAIL_ALERT_WEBHOOK: 'https://example.com/' })).toThrow(
      'give AlertWebhookSecretArn as well',
    );
    expect(() =>
      deliverySettingsOf({ KEYTRAIL_ALERT_BUS: 'default', KEYTRAIL_ALERT_BUS_SEVERITY: 'urgent' }),
    ).toThrow('KEYTRAIL_ALERT_BUS_SEVERITY is not one of critical, high, medium, low');
  });
});

describe('the channels that are set', () => {
  let bus: EventBusReceiver;
  let hub: FindingsReceiver;
  let hook: WebhookReceiver;
  let secrets: SecretKeeper;
  let channels: readonly Channel[];
  let notice: Notice;
  let nowMs: number;
  const before = { ...process.env };
  beforeEach(async () => {
    [bus, hub, hook, secrets] = await Promise.all([
      new EventBusReceiver().listen(),
      new FindingsReceiver().listen(),
      new WebhookReceiver().listen(),
      new SecretKeeper().listen(),
    ]);
    secrets.secret = SECRET;
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
      AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    });
    nowMs = NOON_MS;
    const settings = deliverySettingsOf({
      KEYTRAIL_ALERT_BUS: `arn:aws:events:${REGION}:111122223333:event-bus/security`,
      KEYTRAIL_ALERT_BUS_SEVERITY: 'high',
      KEYTRAIL_ALERT_PRODUCT: `arn:aws:securityhub:${REGION}:111122223333:product/111122223333/default`,
      KEYTRAIL_ALERT_WEBHOOK: hook.url,
      KEYTRAIL_ALERT_WEBHOOK_SECRET: `arn:aws:secretsmanager:${REGION}:111122223333:secret:hook-a1b2c3`,
    });
    channels = await openChannels(settings, () => nowMs);
    const alert = anAlert();
    const [change] = alert.changes;
    if (change === undefined) throw new Error('it has a change');
    notice = noticeOf(alert, change);
  });
  afterEach(async () => {
    process.env = { ...before };
    await Promise.all([bus.close(), hub.close(), hook.close(), secrets.close()]);
  });

  const send = async () => {
    for (const channel of channels) {
      if (channel.kind === 'people') await channel.send(notice);
      else expect(await channel.sendAll([notice])).toEqual(new Map());
    }
  };

  it('reach what their ARNs name, in its Region, by the ordinary AWS variables', async () => {
    await send();
    expect(channels.map(({ name, floor }) => [name, floor])).toEqual([
      ['event-bridge', 'high'],
      ['security-hub', 'low'],
      ['webhook', 'low'],
    ]);
    for (const { ids } of [bus, hub, hook]) expect(ids).toEqual([notice.id]);
    for (const { taken } of [bus, hub, secrets]) {
      expect(taken[0]?.headers.authorization).toContain(`/${REGION}/`);
    }
  });

  it('sign with the secret, which is read again after five minutes', async () => {
    await send();
    nowMs += 299_000;
    secrets.secret = OTHER;
    await send();
    nowMs += 2_000;
    await send();
    expect(secrets.requests).toBe(2);
    expect(hook.taken.map(({ headers }) => headers['webhook-signature'])).toEqual(
      hook.taken.map(({ headers, body }, index) =>
        signatureOf(index < 2 ? SECRET : OTHER, notice.id, String(headers['webhook-timestamp']), body),
      ),
    );
  });

  it('do not post what cannot be signed', async () => {
    secrets.reactions = ['refused', 'refused', 'refused'];
    const webhook = channels.find(({ name }) => name === 'webhook');
    if (webhook?.kind !== 'people') throw new Error('it is for people');
    await expect(webhook.send(notice)).rejects.toThrow('secret could not be read');
    expect(hook.requests).toBe(0);
    await webhook.send(notice);
    expect(hook.ids).toEqual([notice.id]);
  });
});
