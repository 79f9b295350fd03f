import type { Channel } from './channel.ts';
import type { DeliverySettings } from './delivery-settings.ts';

/** Three attempts take less than `SEND_MS`. */
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/**
 * Opens the channels that are set, with clients configured by the ordinary AWS variables. Their modules are loaded here,
 * so that a function does not load the SDK clients of channels that are off.
 * @param now epoch milliseconds
 * @throws KeytrailError `bad-parameter` for a webhook URL that is not allowed
 */
export async function openChannels(
  { sns, eventBridge, securityHub, webhook }: DeliverySettings,
  now: () => number,
): Promise<readonly Channel[]> {
  const channels: Promise<Channel>[] = [];
  if (sns !== undefined) {
    channels.push(import('./sns.ts').then(({ openSns }) => openSns(sns, PATIENCE)));
  }
  if (eventBridge !== undefined) {
    channels.push(
      import('./event-bridge.ts').then(({ openEventBridge }) => openEventBridge(eventBridge, PATIENCE)),
    );
  }
  if (securityHub !== undefined) {
    channels.push(
      import('./security-hub.ts').then(({ openSecurityHub }) => openSecurityHub(securityHub, PATIENCE)),
    );
  }
  if (webhook !== undefined) {
    const [{ webhookChannel }, { secretOf }] = await Promise.all([
      import('./webhook.ts'),
      import('./webhook-secret.ts'),
    ]);
    const secret = secretOf(webhook.secretArn, now, PATIENCE);
    channels.push(Promise.resolve(webhookChannel(webhook, { secret, now })));
  }
  return Promise.all(channels);
}
