import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_DETECTION_SETTINGS } from '../../src/alerts/detect/detection-settings.ts';
import { createApi } from '../../src/api/app.ts';
import type { ParameterDocument } from '../../src/api/parameter-set.ts';
import { questionsOf } from '../../src/api/questions-of.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { concludeSealing } from '../../src/proof/conclude-sealing.ts';
import {
  aCreateGrant,
  account,
  aDecrypt,
  aKmsRecord,
  aReEncrypt,
  aRole,
  keyArn,
  keyId,
  type RecordOverrides,
} from '../builders/cloud-trail-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { append } from '../history/delivered-records.ts';
import { guid } from '../oracle/universe.ts';
import { aTestSigner } from '../proof/test-signer.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { CORRELATION_ID, NOW_MS } from './an-api.ts';
import { allowedBy, canStandIn, documentedAnswers, urlOf } from './documented-answers.ts';
import { putAlertOf } from './put-alert-of.ts';

const trainer = `arn:aws:iam::${account}:role/service-role/Trainer`;
const job = `arn:aws:sagemaker:us-west-2:${account}:training-job/churn`;
const at = (minute: number) => new Date(Date.parse('2026-03-01T09:00:00Z') + minute * 60_000).toISOString();

const RECORDS: readonly ((over: RecordOverrides) => object)[] = [
  (over) => aDecrypt({ by: aRole(), ...over }),
  (over) => aDecrypt({ ...over, requestParameters: { keyId: 'alias/ml/speech' } }),
  (over) => aDecrypt({ ...over, errorCode: 'AccessDenied', errorMessage: 'not so', resources: undefined }),
  (over) => aReEncrypt(over),
  (over) => aCreateGrant(over),
  (over) => aKmsRecord('GenerateRandom', { ...over, resources: undefined }),
  (over) => aKmsRecord('toString', over),
  (over) => aDecrypt({ ...over, additionalEventData: { keyMaterialId: 'a'.repeat(64) } }),
  (over) => aDecrypt({ ...over, by: { type: 'AWSService', invokedBy: 's3.amazonaws.com' } }),
  (over) => aDecrypt({ ...over, by: {} }),
  (over) => ({
    ...aDecrypt({ ...over, by: aRole() }),
    eventSource: 'sagemaker.amazonaws.com',
    eventName: 'CreateTrainingJob',
    resources: undefined,
    requestParameters: { trainingJobName: 'churn', roleArn: trainer },
    responseElements: { trainingJobArn: job },
  }),
];

/** A history of which some is sealed and some is not. */
async function anApiOverHistory() {
  const table = new MemoryTable();
  const records = RECORDS.map((make, nth) => make({ eventID: guid('one', nth), eventTime: at(nth) }));
  await append(table, records, 'test');
  await sealAll(table, 'test', 'test');
  await concludeSealing(table, aTestSigner());
  const later = RECORDS.map((make, nth) => make({ eventID: guid('two', nth), eventTime: at(1_440 + nth) }));
  await append(table, later, 'test');
  const alertId = await putAlertOf(table, { subject: { keyArn, principalId: trainer } });
  const app = createApi({
    ...questionsOf(table, DEFAULT_DETECTION_SETTINGS, () => NOW_MS),
    now: () => NOW_MS,
    randomUuid: () => CORRELATION_ID,
    reportFailure: (error) => {
      throw error;
    },
  });
  return { app, alertId };
}

const { app, alertId } = await anApiOverHistory();
const { ajv, ask } = await documentedAnswers(app);

/** What people have in their hands, and what hostile callers send. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  key: [keyArn, keyId, 'alias/ml/speech', 'ml/speech', 'ml/spech', '__proto__'],
  principal: [trainer, 'Trainer', 'trainr', 's3.amazonaws.com'],
  day: ['2026-03-01', '2026-03-02', 'x'],
  job: [job, 'churn', 'chrn'],
  operation: ['Decrypt', 'decrypt', 'tostring', 'toString', 'Encrypt'],
  account: [account, '444455556666'],
  region: ['us-west-2', 'eu-west-1'],
  eventId: [guid('one', 0), guid('two', 3), guid('no', 1)],
  id: [trainer, 'Trainer', alertId],
  arn: [job, 'churn'],
  from: [
    '2026-03-01',
    '2026-03-01T10:00',
    '2026-03-01T19:00+09:00',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01',
  ],
  to: ['2026-03-02T00:00:00.5Z', '9999-12-31', '2026-03-01T09:05:00Z'],
};

function valuesOf(parameter: ParameterDocument): fc.Arbitrary<readonly string[]> {
  const known = KNOWN[parameter.name];
  const any = allowedBy(ajv, parameter.schema).filter(canStandIn(parameter));
  if (known === undefined) return any;
  const one = fc.constantFrom(...known);
  const isList = parameter.schema.type === 'array';
  const some = isList ? fc.array(one, { minLength: 1, maxLength: 3 }) : one.map((value) => [value]);
  return fc.oneof({ weight: 3, arbitrary: some }, any);
}

const GETS = ROUTES.filter(({ method }) => method === 'GET');

test.each(GETS.map((route) => [route.path, route] as const))(
  'no answer about a history is other than described: %s',
  async (_path, route) => {
    const given = fc.subarray([...route.parameters]).chain((some) => {
      const all = [...some, ...route.parameters.filter((each) => each.required && !some.includes(each))];
      return fc.tuple(...all.map((parameter) => fc.tuple(fc.constant(parameter), valuesOf(parameter))));
    });
    await fc.assert(
      fc.asyncProperty(given, async (values) => {
        const { status } = await ask(route, urlOf(route, new Map(values)));
        expect([200, 400, 404]).toContain(status);
      }),
      { numRuns: fuzzRuns(80) },
    );
  },
);

/** Lists that are not of rows. */
const OF_NO_WINDOW = ['/v1/expectations', '/v1/seals', '/v1/checkpoints'];

test.each(
  GETS.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor')).map(
    (route) => [route.path, route] as const,
  ),
)(
  'every page of a list is described, and has window and coverage but where it is not of the history: %s',
  async (path, route) => {
    const limit = route.parameters.find(({ name }) => name === 'limit') as ParameterDocument;
    const cursorOf = route.parameters.find(({ name }) => name === 'cursor') as ParameterDocument;
    const groupBy = route.parameters.filter(({ name }) => name === 'groupBy');
    const first = new Map<ParameterDocument, readonly string[]>([[limit, ['1']]]);
    for (const parameter of groupBy) first.set(parameter, ['operation', 'hour', 'job']);
    let pages = 0;
    for (let cursor: string | undefined = ''; cursor !== undefined; pages++) {
      const asked = cursor === '' ? first : new Map([...first, [cursorOf, [cursor]] as const]);
      const { status, body } = await ask(route, urlOf(route, asked));
      expect(status).toBe(200);
      if (!OF_NO_WINDOW.includes(path)) {
        expect(body).toMatchObject({
          window: { from: expect.any(String) },
          coverage: { hours: expect.any(Number) },
        });
      }
      cursor = (body as { next?: string }).next;
    }
    expect(pages).toBeGreaterThan(0);
  },
);
