import type { HistoryQuestions, WithExpiry } from '../history/query/questions.ts';
import { acknowledgementSchema, alertDetailSchema, alertPageSchema } from './alert-schemas.ts';
import {
  expectationAnswerSchema,
  expectationBodySchema,
  expectationDetailSchema,
  expectationPageSchema,
  previewBodySchema,
  previewSchema,
  removedSchema,
} from './expectation-schemas.ts';
import { inPath, text } from './parameter-kinds.ts';
import { together } from './parameter-set.ts';
import {
  alertFilterParameters,
  groupByParameter,
  orderParameter,
  pageParameters,
  timeWindowParameters,
  usageFilterParameters,
} from './parameters.ts';
import { refuseProbes } from './refuse-probes.ts';
import { change, get, type Route } from './route.ts';
import {
  eventRowsSchema,
  healthSchema,
  jobPageSchema,
  jobRunsSchema,
  keyDetailSchema,
  keyPageSchema,
  openApiSchema,
  principalDetailSchema,
  principalPageSchema,
  summaryPageSchema,
  usagePageSchema,
} from './schemas.ts';
import { checkpointPageSchema, daySealsSchema, eventProofsSchema, sealPageSchema } from './seal-schemas.ts';

const WINDOW = 'Without `from` and `to` the answer covers the whole history.';

const EXPECTATION_EXAMPLE = {
  keys: ['alias/ml/speech'],
  principals: ['arn:aws:iam::111122223333:role/service-role/Trainer'],
  operations: ['Decrypt'],
  owner: 'the speech team',
  reason: 'training jobs read their data',
};

const alertId = inPath('id', text, { description: 'The id in lists and notices.' });
const expectationId = inPath('id', text, { description: 'As it was given.' });

/** Every route of the API. When two match a path, the first answers. */
export const ROUTES: readonly Route[] = [
  get({
    path: '/v1/usage',
    operationId: 'listUsage',
    summary: 'Rows of the history',
    description: `Ordered by \`(eventTime, eventId, keyRole)\`. ${WINDOW}`,
    scope: 'usage:read',
    parameters: together({ filter: usageFilterParameters, order: orderParameter, page: pageParameters }),
    answer: usagePageSchema,
    answerDescription: 'Rows that match every filter.',
    asksStore: true,
    handle: ({ filter, order, page }, { questions }) => questions.usage(filter, { ...page, order }),
  }),
  get({
    path: '/v1/usage/summary',
    operationId: 'summariseUsage',
    summary: 'Exact counts of rows by group',
    description: `Grouped by job, a row counts under each job it lists; otherwise once. ${WINDOW}`,
    scope: 'usage:read',
    parameters: together({ filter: usageFilterParameters, groupBy: groupByParameter, page: pageParameters }),
    answer: summaryPageSchema,
    answerDescription: 'Groups, in a fixed order.',
    asksStore: true,
    async handle({ filter, groupBy, page }, { questions }) {
      const { items: groups, ...rest } = await questions.summary(filter, groupBy, page);
      return { groups, ...rest };
    },
  }),
  get({
    path: '/v1/usage/{eventId}',
    operationId: 'getEvent',
    summary: 'The rows of one event',
    scope: 'usage:read',
    parameters: together({
      eventId: inPath('eventId', text, { description: "CloudTrail's `eventID`, of any account's copy." }),
    }),
    answer: eventRowsSchema,
    answerDescription: "The event's rows; two for `ReEncrypt`, none where the history has no such event.",
    asksStore: true,
    async handle({ eventId }, { questions }) {
      const items = await questions.event(eventId);
      // An event that is not found may have expired.
      return items.length > 0 ? { items } : withExpiry({ items }, questions);
    },
  }),
  get({
    path: '/v1/keys',
    operationId: 'listKeys',
    summary: 'Keys that the history knows',
    scope: 'usage:read',
    parameters: pageParameters,
    answer: keyPageSchema,
    answerDescription: 'Keys.',
    asksStore: true,
    handle: (page, { questions }) => questions.keys(page),
  }),
  get({
    path: '/v1/keys/{key}',
    operationId: 'getKey',
    summary: 'One key: its last uses, outstanding grants and management events',
    scope: 'usage:read',
    parameters: together({
      key: inPath('key', text, { description: 'ARN (URL-encoded), bare id or alias.' }),
    }),
    answer: keyDetailSchema,
    answerDescription: 'The key.',
    notFound: 'No row of the history names this key; expired rows are not searched.',
    asksStore: true,
    handle: ({ key }, { questions }) => questions.key(key),
  }),
  get({
    path: '/v1/principals',
    operationId: 'listPrincipals',
    summary: 'Principals that used keys',
    scope: 'usage:read',
    parameters: pageParameters,
    answer: principalPageSchema,
    answerDescription: 'Principals.',
    asksStore: true,
    handle: (page, { questions }) => questions.principals(page),
  }),
  get({
    path: '/v1/principals/{id}',
    operationId: 'getPrincipal',
    summary: 'One principal',
    scope: 'usage:read',
    parameters: together({
      id: inPath('id', text, { description: '`principal.id` of a row (URL-encoded).' }),
    }),
    answer: principalDetailSchema,
    answerDescription: 'The principal.',
    notFound: 'No row of the history has this principal; expired rows are not searched.',
    asksStore: true,
    handle: ({ id }, { questions }) => questions.principal(id),
  }),
  get({
    path: '/v1/jobs',
    operationId: 'listJobs',
    summary: 'SageMaker jobs that may have been alive in a window',
    description: `Oldest first. When a job name was used again, each run is an item. ${WINDOW}`,
    scope: 'usage:read',
    parameters: together({ window: timeWindowParameters, page: pageParameters }),
    answer: jobPageSchema,
    answerDescription: 'Jobs, and other resources that run under a role and use keys.',
    asksStore: true,
    handle: ({ window, page }, { questions }) => questions.jobs(window, page),
  }),
  get({
    path: '/v1/jobs/{arn}',
    operationId: 'getJob',
    summary: 'Every run of one job: its keys, what it encrypts with them and how that is known',
    scope: 'usage:read',
    parameters: together({
      arn: inPath('arn', text, { description: "The job's ARN (URL-encoded)." }),
    }),
    answer: jobRunsSchema,
    answerDescription: 'Its runs, oldest first.',
    notFound: 'No record names this job.',
    asksStore: true,
    async handle({ arn }, { questions }) {
      const items = await questions.job(arn);
      return items.length === 0 ? undefined : withExpiry({ items }, questions);
    },
  }),
  get({
    path: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'What the alert rules found, last seen first',
    description: 'In every state unless `state` says otherwise. docs/alert-rules.md describes the rules.',
    scope: 'usage:read',
    parameters: together({ filter: alertFilterParameters, page: pageParameters }),
    answer: alertPageSchema,
    answerDescription: 'Alerts that match every filter.',
    asksStore: true,
    async handle({ filter, page }, { alerts, questions }) {
      const { unmatched, ...covered } = await questions.covering(filter);
      const isFirst = page.cursor === undefined && unmatched !== undefined;
      return { ...(await alerts.list(filter, page)), ...covered, ...(isFirst ? { unmatched } : {}) };
    },
  }),
  change('POST', {
    path: '/v1/alerts/{id}/acknowledge',
    operationId: 'acknowledgeAlert',
    summary: 'Acknowledges an alert',
    description: 'New uses after `until`, where given, open it again.',
    scope: 'alerts:write',
    parameters: together({ id: alertId }),
    body: acknowledgementSchema,
    bodyExample: { reason: 'a planned migration' },
    answer: alertDetailSchema,
    answerDescription: 'The alert as it is then.',
    notFound: 'There is no such alert.',
    conflict: 'The alert is resolved.',
    asksStore: true,
    handle: ({ id }, { reason, until }, by, { alerts, now }) =>
      alerts.acknowledge(id, by, reason, now(), until),
  }),
  get({
    path: '/v1/alerts/{id}',
    operationId: 'getAlert',
    summary: 'One alert: what to check next, and every change of it',
    scope: 'usage:read',
    parameters: together({ id: alertId }),
    answer: alertDetailSchema,
    answerDescription: 'The alert.',
    notFound: 'There is no such alert.',
    asksStore: true,
    handle: ({ id }, { alerts }) => alerts.one(id),
  }),
  get({
    path: '/v1/expectations',
    operationId: 'listExpectations',
    summary: 'Who may use which key',
    description: 'The current expectations, in order of their ids. docs/expectations.md describes them.',
    scope: 'usage:read',
    parameters: pageParameters,
    answer: expectationPageSchema,
    answerDescription: 'Expectations.',
    asksStore: true,
    handle: (page, { expectations, now }) => expectations.list(page, now()),
  }),
  change('POST', {
    path: '/v1/expectations/preview',
    operationId: 'previewExpectations',
    summary: 'The alerts that expectations would have given over a past period',
    description:
      'The period is widened to whole UTC days. Rules that no expectation changes are left out. Where details are masked, conditions on networks and VPC endpoints need `usage:details`.',
    scope: 'usage:read',
    parameters: together({}),
    body: previewBodySchema,
    bodyExample: { expectations: [{ id: 'speech-training', ...EXPECTATION_EXAMPLE }], from: '2026-03-01' },
    answer: previewSchema,
    answerDescription: 'Findings under the proposed expectations, beside those under the current ones.',
    asksStore: true,
    handle(_none, { expectations: proposed, from, to }, _by, { expectations, now, isMasked }) {
      if (isMasked) refuseProbes(proposed);
      return expectations.preview(proposed, now(), from, to);
    },
  }),
  get({
    path: '/v1/expectations/{id}',
    operationId: 'getExpectation',
    summary: 'One expectation, with every version of it',
    scope: 'usage:read',
    parameters: together({ id: expectationId }),
    answer: expectationDetailSchema,
    answerDescription: 'The expectation with its versions; a removed one has only versions.',
    notFound: 'There never was such an expectation.',
    asksStore: true,
    handle: ({ id }, { expectations, now }) => expectations.one(id, now()),
  }),
  change('PUT', {
    path: '/v1/expectations/{id}',
    operationId: 'putExpectation',
    summary: 'Adds an expectation, or replaces the one with the same id',
    scope: 'expectations:write',
    parameters: together({ id: expectationId }),
    body: expectationBodySchema,
    bodyExample: EXPECTATION_EXAMPLE,
    answer: expectationAnswerSchema,
    answerDescription: 'The expectation after the change.',
    conflict: 'It comes from the file of expectations, and is edited there.',
    asksStore: true,
    handle: ({ id }, body, by, { expectations, now }) => expectations.put(id, body, by, now()),
  }),
  change('DELETE', {
    path: '/v1/expectations/{id}',
    operationId: 'removeExpectation',
    summary: 'Removes an expectation; its versions stay',
    scope: 'expectations:write',
    parameters: together({ id: expectationId }),
    answer: removedSchema,
    answerDescription: 'It is removed.',
    notFound: 'There is no such expectation.',
    conflict: 'It comes from the file of expectations, and is edited there.',
    asksStore: true,
    handle: ({ id }, _body, by, { expectations, now }) => expectations.remove(id, by, now()),
  }),
  get({
    path: '/v1/seals',
    operationId: 'listSeals',
    summary: 'What each day is sealed as',
    description: 'The newest seal of each day, oldest day first. docs/verify.md says what seals prove.',
    scope: 'usage:read',
    parameters: pageParameters,
    answer: sealPageSchema,
    answerDescription: 'Seals.',
    asksStore: true,
    handle: (page, { seals }) => seals.seals(page),
  }),
  get({
    path: '/v1/seals/{day}',
    operationId: 'getSeal',
    summary: 'The seals of one day, each with the proof that it is in the log',
    description: 'Newest first, at most 100. A correction is a new seal; those before it stay in the log.',
    scope: 'usage:read',
    parameters: together({
      day: inPath('day', text, { description: 'A UTC day.', example: '2026-03-01' }),
    }),
    answer: daySealsSchema,
    answerDescription: 'Its seals.',
    notFound: 'The day is not in the log of seals.',
    asksStore: true,
    handle: ({ day }, { seals }) => seals.seal(day),
  }),
  get({
    path: '/v1/proofs/{eventId}',
    operationId: 'proveEvent',
    summary: 'Proofs that the facts of an event are as they were sealed',
    description: 'docs/verify.md has a script that checks them with `openssl` and `sha256sum` alone.',
    scope: 'usage:read',
    parameters: together({
      eventId: inPath('eventId', text, { description: "CloudTrail's `eventID`, of any account's copy." }),
    }),
    answer: eventProofsSchema,
    answerDescription:
      'A C2SP tlog-proof for each fact; none where its day is not sealed and signed, or where details are masked.',
    asksStore: true,
    handle: async ({ eventId }, { questions, seals, isMasked }) => {
      // A proof has the fact itself in it.
      if (isMasked) return { items: [] };
      const times = (await questions.event(eventId)).map(({ eventTime }) => Date.parse(eventTime));
      const proofs = [...new Set(times)].map((timeMs) => seals.eventProofs(eventId, timeMs));
      return { items: (await Promise.all(proofs)).flat().map((proof) => ({ proof })) };
    },
  }),
  get({
    path: '/v1/checkpoints',
    operationId: 'listCheckpoints',
    summary: 'The signed heads of the log of seals, newest first',
    scope: 'usage:read',
    parameters: pageParameters,
    answer: checkpointPageSchema,
    answerDescription: 'Checkpoints; none where the history is not signed.',
    asksStore: true,
    handle: (page, { seals }) => seals.checkpoints(page),
  }),
  get({
    path: '/v1/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This description',
    parameters: together({}),
    answer: openApiSchema,
    answerDescription: 'An OpenAPI 3.1 document.',
    asksStore: false,
    handle: async (_none, { openApiDocument }) => openApiDocument(),
  }),
  get({
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the store answers',
    parameters: together({}),
    answer: healthSchema,
    answerDescription: 'It does.',
    asksStore: true,
    async handle(_none, { questions }) {
      await questions.ping();
      return { status: 'ok' };
    },
  }),
];

/** An answer over all times, with the time before which rows have expired. */
async function withExpiry<T>(answer: T, questions: HistoryQuestions): Promise<WithExpiry<T>> {
  const expiredBefore = await questions.expiredBefore();
  return { ...answer, ...(expiredBefore === undefined ? {} : { expiredBefore }) };
}
