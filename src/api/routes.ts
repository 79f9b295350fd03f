import { inPath, text } from './parameter-kinds.ts';
import { together } from './parameter-set.ts';
import {
  groupByParameter,
  orderParameter,
  pageParameters,
  timeWindowParameters,
  usageFilterParameters,
} from './parameters.ts';
import { get, type Route } from './route.ts';
import {
  eventRowsSchema,
  healthSchema,
  jobPageSchema,
  jobRunsSchema,
  keyDetailSchema,
  keyPageSchema,
  openApiSchema,
  principalPageSchema,
  principalSummarySchema,
  summaryPageSchema,
  usagePageSchema,
} from './schemas.ts';

const WINDOW = 'Without `from`, the 30 days that end at `to`; without `to`, at the newest row.';

/** Every route of the API. Of two that match a path, the first answers. */
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
    handle: async ({ eventId }, { questions }) => ({ items: await questions.event(eventId) }),
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
    notFound: 'No row of the history names this key.',
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
    answer: principalSummarySchema,
    answerDescription: 'The principal.',
    notFound: 'No row of the history has this principal.',
    asksStore: true,
    handle: ({ id }, { questions }) => questions.principal(id),
  }),
  get({
    path: '/v1/jobs',
    operationId: 'listJobs',
    summary: 'SageMaker jobs that may have been alive in a window',
    description: `Runs of a name that was used again are items of their own; oldest first. ${WINDOW}`,
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
    notFound: 'No record tells of this job.',
    asksStore: true,
    async handle({ arn }, { questions }) {
      const items = await questions.job(arn);
      return items.length === 0 ? undefined : { items };
    },
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
