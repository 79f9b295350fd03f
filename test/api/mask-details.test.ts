import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import type { Access } from '../../src/api/access.ts';
import { maskedRow } from '../../src/api/mask-details.ts';
import { questionsOf } from '../../src/api/questions-of.ts';
import type { Caller, Route } from '../../src/api/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import { detect } from '../alerts/detect/detections.ts';
import {
  aCreateGrant,
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aRole,
  keyArn,
} from '../builders/cloud-trail-record.ts';
import { aCreateTrainingJob, executionRole, sageMakerArn } from '../builders/sagemaker-record.ts';
import { append } from '../history/delivered-records.ts';
import { aTestSigner } from '../proof/test-signer.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { anApi, NOW_MS } from './an-api.ts';
import { aRow } from './fake-history.ts';

/** In every value that is masked, and in nothing else. */
const PLANTED = 'planted-here';

const ADDRESS = '198.51.100.77';
const details = { sourceIPAddress: ADDRESS, userAgent: `${PLANTED}/1.0`, vpcEndpointId: `vpce-${PLANTED}` };
const context = { tenant: PLANTED };

const RECORDS = [
  aCreateTrainingJob(),
  aDecrypt({
    ...details,
    eventID: 'by-role',
    by: aRole(),
    requestParameters: { encryptionContext: { 'aws:s3:arn': `arn:aws:s3:::${PLANTED}/object` } },
  }),
  aDecrypt({
    ...details,
    eventID: 'of-job',
    eventTime: '2026-03-01T10:20:00Z',
    by: {
      type: 'AssumedRole',
      arn: executionRole.replace(':iam:', ':sts:').replace('role/service-role', 'assumed-role'),
      sessionContext: { sessionIssuer: { type: 'Role', arn: executionRole } },
    },
    requestParameters: { encryptionContext: context },
  }),
  aReEncrypt({
    ...details,
    eventID: 're-encrypt',
    requestParameters: { sourceEncryptionContext: context, destinationEncryptionContext: context },
  }),
  aKmsRecord('ScheduleKeyDeletion', {
    ...details,
    eventID: 'deletion',
    requestParameters: { keyId: keyArn, pendingWindowInDays: 7 },
    readOnly: false,
  }),
  aCreateGrant({
    ...details,
    eventID: 'grant',
    requestParameters: {
      keyId: keyArn,
      granteePrincipal: 'arn:aws:iam::111122223333:role/Stranger',
      operations: ['Decrypt'],
      constraints: { encryptionContextEquals: context },
    },
  }),
];

const asked = z.object({ items: z.array(z.looseObject({ eventId: z.string() })) });
const json = { 'content-type': 'application/json' };

const table = new MemoryTable();

function apiFor(scopes: Caller['scopes'], isMasking = true) {
  const kept: Access[] = [];
  const api = anApi([], {
    ...questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => NOW_MS),
    isMasking,
    authorize: () => ({ name: 'reader', scopes }),
    recordAccess: async (access) => void kept.push(access),
  });
  return { app: api.app, kept };
}

const preview = (only?: object) => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify({
    expectations: [
      {
        id: 'draft',
        keys: [keyArn],
        principals: ['account:111122223333'],
        operations: ['cryptographic'],
        owner: 'me',
        reason: 'to see',
        ...(only === undefined ? {} : { only }),
      },
    ],
  }),
});

beforeAll(async () => {
  await append(table, RECORDS, 'test');
  await sealAll(table, 'test', 'test');
  await concludeSealing(table, aTestSigner());
  await detect(table);
});

/** Every answer to a route that there is something to answer, as text. */
async function answersTo(route: Route, { app }: ReturnType<typeof apiFor>): Promise<string[]> {
  const { items: alerts } = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await (await app.request('/v1/alerts')).json());
  const ids: Record<string, string[]> = {
    '/v1/usage/{eventId}': ['by-role', 'of-job', 're-encrypt', 'grant'],
    '/v1/keys/{key}': [keyArn],
    '/v1/principals/{id}': [executionRole, 'arn:aws:iam::111122223333:user/Alice'],
    '/v1/jobs/{arn}': [sageMakerArn('training-job/train-1')],
    '/v1/alerts/{id}': alerts.map(({ id }) => id),
    '/v1/alerts/{id}/acknowledge': alerts.map(({ id }) => id),
    '/v1/expectations/{id}': ['trainer'],
    '/v1/seals/{day}': ['2026-03-01'],
    '/v1/proofs/{eventId}': ['by-role', 're-encrypt'],
  };
  const urls = route.path.includes('{')
    ? (ids[route.path] ?? []).map((id) => route.path.replace(/\{\w+\}/, encodeURIComponent(id)))
    : [route.path === '/v1/usage/summary' ? `${route.path}?groupBy=key,principal,job` : route.path];
  expect(urls, `what to ask ${route.path} for`).not.toEqual([]);
  const content: Record<string, object> = {
    acknowledgeAlert: { reason: 'known' },
    previewExpectations: { expectations: [] },
    putExpectation: {
      keys: [keyArn],
      principals: [executionRole],
      operations: ['cryptographic'],
      owner: 'me',
      reason: 'it trains',
    },
  };
  const body = content[route.operationId];
  const sent = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
  const answers: string[] = [];
  for (const url of urls) {
    const answer = await app.request(url, { method: route.method, ...sent });
    expect(answer.status, `${route.method} ${url}`).toBe(200);
    answers.push(await answer.text());
  }
  return answers;
}

const EVERY_SCOPE_BUT_DETAILS: Caller['scopes'] = ['usage:read', 'alerts:write', 'expectations:write'];
/** Those that read of an expectation come after the one that puts it, and the one that removes it last. */
const IN_ORDER = [...ROUTES].sort((a, b) => rank(a) - rank(b));

function rank({ method }: Route): number {
  return ['PUT', 'GET', 'POST', 'DELETE'].indexOf(method);
}

describe('with details masked', () => {
  test.each(IN_ORDER.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'nothing of them is in any answer of %s',
    async (_name, route) => {
      for (const answer of await answersTo(route, apiFor(EVERY_SCOPE_BUT_DETAILS))) {
        expect(answer).not.toContain(PLANTED);
        expect(answer).not.toContain(ADDRESS);
      }
    },
  );

  test.each(['/v1/usage', '/v1/usage/by-role', `/v1/keys/${encodeURIComponent(keyArn)}`])(
    'a caller with the scope finds them in %s',
    async (url) => {
      const { app, kept } = apiFor(['usage:read', 'usage:details']);
      const answer = await (await app.request(url)).text();
      expect(answer).toContain(PLANTED);
      expect(answer).toContain(ADDRESS);
      expect(answer).not.toContain('masked');
      expect(kept[0]).not.toHaveProperty('details');
    },
  );

  test('an answer says what is left out, and who looked is kept with that', async () => {
    const { app, kept } = apiFor(['usage:read']);
    const { items } = asked.parse(await (await app.request('/v1/usage/grant')).json());
    expect(items).toMatchObject([
      {
        grant: { grantee: 'arn:aws:iam::111122223333:role/Stranger', operations: ['Decrypt'] },
        masked: [
          'grant.constraints.encryptionContextEquals.tenant',
          'sourceIp',
          'userAgent',
          'vpcEndpointId',
          'attribution.reasons',
        ],
      },
    ]);
    expect(kept).toMatchObject([{ path: '/v1/usage/grant', rows: 1, details: 'masked' }]);
  });

  test('no expectation can be tried out to find them', async () => {
    const { app } = apiFor(EVERY_SCOPE_BUT_DETAILS);
    for (const only of [{ networks: [`${ADDRESS}/32`] }, { vpcEndpoints: ['vpce-0123456789abcdef0'] }]) {
      const refused = await app.request('/v1/expectations/preview', preview(only));
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain('usage:details');
    }
    expect((await app.request('/v1/expectations/preview', preview())).status).toBe(200);
    const { app: detailed } = apiFor(['usage:read', 'usage:details']);
    const tried = await detailed.request(
      '/v1/expectations/preview',
      preview({ networks: [`${ADDRESS}/32`] }),
    );
    expect(tried.status).toBe(200);
  });
});

test('without the option every reader has every detail', async () => {
  const { app } = apiFor(['usage:read'], false);
  expect(await (await app.request('/v1/usage/by-role')).text()).toContain(ADDRESS);
});

test('where nobody is verified, the option masks for everybody', async () => {
  const { app } = anApi([aRow({ sourceIp: ADDRESS })], { isMasking: true });
  expect(await (await app.request('/v1/usage')).text()).not.toContain(ADDRESS);
});

test('a row without anything to mask is as it was', () => {
  const { attribution: _, ...row } = aRow();
  const whole = { ...row, attribution: { status: 'none' as const, jobs: [] } };
  expect(maskedRow(whole)).toEqual(whole);
});

test('the reasons of a job are left out with the rest, and named', () => {
  const job = { arn: 'a', type: 'training-job', reasons: [`objects below s3://${PLANTED}`] };
  const masked = maskedRow(aRow({ attribution: { status: 'strong', jobs: [job] } }));
  expect(masked.attribution).toEqual({ status: 'strong', jobs: [{ arn: 'a', type: 'training-job' }] });
  expect(masked.masked).toEqual(['attribution.jobs.reasons']);
});
