import type { Environment } from '../../environment.ts';
import { KeytrailError } from '../../keytrail-error.ts';
import { SEVERITIES, type Severity } from '../rule-id.ts';
import type { EventBridgeSettings } from './event-bridge.ts';
import type { SecurityHubSettings } from './security-hub.ts';
import type { SnsSettings } from './sns.ts';
import type { WebhookSettings } from './webhook.ts';

/** The channels in AWS. An absent channel is off. */
export interface DeliverySettings {
  /** The API's address, which links begin with. */
  readonly baseUrl?: string;
  readonly sns?: SnsSettings;
  readonly eventBridge?: EventBridgeSettings;
  readonly securityHub?: SecurityHubSettings;
  readonly webhook?: WebhookSettings & { readonly secretArn: string };
}

/**
 * Reads `KEYTRAIL_ALERT_*` from the environment of a function, as the stack sets them.
 * @throws KeytrailError `bad-parameter` for a webhook without a secret, and for an unknown severity
 */
export function deliverySettingsOf(environment: Environment): DeliverySettings {
  const baseUrl = settingOf(environment, 'BASE_URL');
  const topicArn = settingOf(environment, 'TOPIC');
  const bus = settingOf(environment, 'BUS');
  const productArn = settingOf(environment, 'PRODUCT');
  const url = settingOf(environment, 'WEBHOOK');
  const secretArn = settingOf(environment, 'WEBHOOK_SECRET');
  if (url !== undefined && secretArn === undefined) {
    throw new KeytrailError('bad-parameter', 'A webhook needs a secret; give AlertWebhookSecretArn as well.');
  }
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(topicArn === undefined ? {} : { sns: { topicArn, floor: floorOf(environment, 'TOPIC') } }),
    ...(bus === undefined ? {} : { eventBridge: { bus, floor: floorOf(environment, 'BUS') } }),
    ...(productArn === undefined
      ? {}
      : { securityHub: { productArn, floor: floorOf(environment, 'PRODUCT') } }),
    ...(url === undefined || secretArn === undefined
      ? {}
      : { webhook: { url, secretArn, floor: floorOf(environment, 'WEBHOOK') } }),
  };
}

function floorOf(environment: Environment, channel: string): Severity {
  const text = settingOf(environment, `${channel}_SEVERITY`) ?? 'low';
  const severity = SEVERITIES.find((one) => one === text);
  if (severity !== undefined) return severity;
  throw new KeytrailError(
    'bad-parameter',
    `KEYTRAIL_ALERT_${channel}_SEVERITY is not one of ${SEVERITIES.join(', ')}; set it to one of them.`,
  );
}

function settingOf(environment: Environment, name: string): string | undefined {
  const value = environment[`KEYTRAIL_ALERT_${name}`];
  return value === '' ? undefined : value;
}
