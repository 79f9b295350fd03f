import { handle } from 'hono/aws-lambda';
import { detectionSettingsOf } from '../src/alerts/detect/detection-settings.ts';
import { putAccess } from '../src/api/access-log.ts';
import { createApi } from '../src/api/app.ts';
import { callerOfClaims } from '../src/api/caller-of-claims.ts';
import { questionsOf } from '../src/api/questions-of.ts';
import { now } from '../src/clock.ts';
import { environment } from '../src/environment.ts';
import { errorCodeOf } from '../src/keytrail-error.ts';
import { newUuid } from '../src/randomness.ts';
import { logger } from './logger.ts';
import { isMaskingOf, scopePrefixOf } from './settings.ts';
import { tableOf } from './table.ts';

const table = tableOf(environment);

/** The HTTP API over the table, behind API Gateway's JWT authorizer. A caller that it did not verify is refused. */
export const handler = handle(
  createApi({
    ...questionsOf(table, detectionSettingsOf(environment), now),
    now,
    randomUuid: newUuid,
    reportFailure: (error, correlationId) =>
      logger.error('an answer failed', { correlationId, why: errorCodeOf(error) }),
    isMasking: isMaskingOf(environment),
    authorize: (_request, bindings) => callerOfClaims(bindings, scopePrefixOf(environment)),
    recordAccess: ({ scopes, ...access }) =>
      putAccess(table, { ...access, scopes: scopes.join(' ') }, now(), newUuid()),
  }),
);
