import { readFile } from 'node:fs/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventBridgeChannel } from '../../../src/alerts/delivery/event-bridge.ts';
import { type Notice, noticeOf } from '../../../src/alerts/delivery/notice.ts';
import { findingOf, securityHubChannel } from '../../../src/alerts/delivery/security-hub.ts';
import { RULES } from '../../../src/alerts/rules/rules.ts';
import { acknowledged, resolved } from '../../../src/alerts/store/alert-states.ts';
import { EventBusReceiver, FindingsReceiver } from './alert-receivers.ts';
import { type AnAlert, alertsOfKeys, anAlert, KEY_ARN, NOON_MS } from './an-alert.ts';

const SCHEMA = new URL('../../../docs/alert-event.schema.json', import.meta.url);
const PRODUCT_ARN = 'arn:aws:securityhub:eu-central-1:999988887777:product/999988887777/default';
const JOB_ARN = 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/churn';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/service-role/Trainer';
const clientSettings = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 2,
};

/** Every change of some alerts, as notices. */
function noticesOf(what: AnAlert = {}): readonly Notice[] {
  const alert = resolved(
    acknowledged(anAlert(what), 'ana', 'a drill', NOON_MS + 1_000, NOON_MS + 60_000),
    'explained',
    NOON_MS + 2_000,
  );
  return alert.changes.map((change) => noticeOf(alert, change, 'https://api.example.com'));
}

const hostile = `\u001b[2J\u202e<script>&lt;@channel\n${'ü'.repeat(5_000)}`;
const everything: readonly Notice[] = [
  ...RULES.flatMap(({ id }) =>
    noticesOf({ rule: id, subject: { keyArn: KEY_ARN, principalId: ROLE_ARN, jobArn: JOB_ARN } }),
  ),
  ...noticesOf({
    subject: { keyRef: hostile, principalId: hostile, jobArn: hostile, grantee: hostile, accountId: hostile },
    details: Array.from({ length: 30 }, (_, index) => `${index} ${hostile}`),
  }),
  ...noticesOf({ subject: {} }),
];

describe('the channel to EventBridge', () => {
  let bus: EventBusReceiver;
  beforeEach(async () => {
    bus = await new EventBusReceiver().listen();
  });
  afterEach(() => bus.close());
  const channel = () =>
    eventBridgeChannel(
      { bus: 'security', floor: 'low' },
      new EventBridgeClient({ ...clientSettings, endpoint: bus.url }),
    );

  it('puts events whose detail is as its schema says, whatever is in an alert', async () => {
    const ajv = new Ajv2020({ allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(await readFile(SCHEMA, 'utf8')));
    for (const notice of everything) expect(await channel().sendAll([notice])).toEqual(new Map());
    expect(bus.entries).toHaveLength(everything.length);
    for (const { Source, DetailType, EventBusName, Detail } of bus.entries) {
      expect([Source, DetailType, EventBusName]).toEqual(['keytrail', 'Keytrail Alert Changed', 'security']);
      const isValid = validate(JSON.parse(String(Detail)));
      expect(validate.errors ?? [], String(Detail)).toEqual([]);
      expect(isValid).toBe(true);
    }
  });

  it('puts no more at a time than EventBridge takes', async () => {
    const largest = everything.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length);
    await channel().sendAll(largest.slice(0, channel().atATime));
    expect(Buffer.byteLength(bus.taken[0]?.body ?? '')).toBeLessThan(256 * 1024);
    expect(bus.entries.length).toBeLessThanOrEqual(10);
  });

  it('says which events were refused, and fails where the answer is lost', async () => {
    const [first, second, third] = everything;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('there are three');
    bus.refuses = (detail) => detail.includes(second.id);
    expect(await channel().sendAll([first, second, third])).toEqual(
      new Map([[second.id, 'EventBridge did not take it: InternalFailure.']]),
    );
    bus.reactions = ['taken, then dropped', 'dropped'];
    await expect(channel().sendAll([first])).rejects.toThrow('EventBridge did not take it: ECONNRESET.');
  });
});

describe('the channel to Security Hub', () => {
  let hub: FindingsReceiver;
  beforeEach(async () => {
    hub = await new FindingsReceiver().listen();
  });
  afterEach(() => hub.close());
  const channel = () =>
    securityHubChannel(
      { productArn: PRODUCT_ARN, floor: 'low' },
      new SecurityHubClient({ ...clientSettings, endpoint: hub.url }),
    );

  it('imports findings within the bounds of the format', async () => {
    const opened = everything.filter(({ change }) => change.number === 1);
    expect(await channel().sendAll(opened)).toEqual(new Map());
    expect(hub.findings).toHaveLength(opened.length);
    for (const [index, notice] of opened.entries()) {
      const finding = findingOf(notice, PRODUCT_ARN);
      expect(hub.findings[index]).toEqual(JSON.parse(JSON.stringify(finding)));
      expect(finding.Title?.length).toBeLessThanOrEqual(256);
      expect(finding.Description?.length).toBeLessThanOrEqual(1024);
      expect(finding.Id?.length).toBeLessThanOrEqual(512);
      expect(finding.Remediation?.Recommendation?.Text?.length).toBeLessThanOrEqual(512);
      expect(finding.Resources?.length).toBeGreaterThanOrEqual(1);
      expect(finding.Resources?.length).toBeLessThanOrEqual(32);
      for (const { Id = '' } of finding.Resources ?? []) expect(Id.length).toBeLessThanOrEqual(512);
      for (const [name, value] of Object.entries(finding.ProductFields ?? {})) {
        expect(name.length).toBeLessThanOrEqual(128);
        expect(value.length).toBeLessThanOrEqual(2048);
      }
    }
  });

  it('makes a finding of its own account, of the key, the role and the job', () => {
    const subject = { keyArn: KEY_ARN, principalId: ROLE_ARN, jobArn: JOB_ARN };
    const [opened, seen, over] = noticesOf({ rule: 'use-outside-job-window', subject });
    if (opened === undefined || seen === undefined || over === undefined) throw new Error('there are three');
    const finding = findingOf(opened, PRODUCT_ARN);
    expect(finding).toMatchObject({
      SchemaVersion: '2018-10-08',
      ProductArn: PRODUCT_ARN,
      AwsAccountId: '999988887777',
      GeneratorId: 'keytrail/use-outside-job-window',
      CreatedAt: '2026-11-20T11:59:00Z',
      UpdatedAt: '2026-11-20T12:00:00Z',
      Workflow: { Status: 'NEW' },
      RecordState: 'ACTIVE',
      Resources: [
        { Type: 'AwsKmsKey', Id: KEY_ARN, Region: 'eu-central-1', Partition: 'aws' },
        { Type: 'AwsIamRole', Id: ROLE_ARN },
        { Type: 'Other', Id: JOB_ARN },
      ],
    });
    expect(findingOf(seen, PRODUCT_ARN)).toMatchObject({ Id: finding.Id, RecordState: 'ACTIVE' });
    expect(findingOf(over, PRODUCT_ARN)).toMatchObject({
      Id: finding.Id,
      UpdatedAt: '2026-11-20T12:00:02Z',
      RecordState: 'ARCHIVED',
    });
  });

  it('fails for a finding that is refused though the request is answered with 200', async () => {
    const notices = alertsOfKeys(3).map((alert) =>
      noticeOf(alert, { number: 1, timeMs: NOON_MS, state: 'open', by: 'keytrail', reason: 'found' }),
    );
    const refused = notices[1];
    if (refused === undefined) throw new Error('there are three');
    hub.refuses = (id) => id.includes(refused.alertId);
    expect(await channel().sendAll(notices)).toEqual(
      new Map([[refused.id, 'Security Hub did not take it: InvalidInput.']]),
    );
  });
});
