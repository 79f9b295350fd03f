import { AtOnceWatch } from '../src/alerts/detect/raise-at-once.ts';
import { StandingExpectations } from '../src/alerts/detect/standing-expectations.ts';
import { watchSettingsOf } from '../src/alerts/detect/watch-settings.ts';
import type { OnDurable } from '../src/ingest/ingest-messages.ts';
import { errorCodeOf } from '../src/keytrail-error.ts';
import { tellerOf } from './delivery.ts';
import { logger } from './logger.ts';
import { type Environment, now } from './settings.ts';
import { tableOf } from './table.ts';
import { reportNotRaised } from './telemetry.ts';

/** A change of expectations is seen so late here; the pass over the history sees it at once. */
const EXPECTATIONS_LAST_MS = 30_000;

/** Raises at once what uses show that just came in. What it cannot, the pass over the history will. */
export function raiserOf(environment: Environment): OnDurable {
  const table = tableOf(environment);
  const tell = tellerOf(environment);
  const standing = new StandingExpectations(table);
  const expectations = () => standing.lately(now(), EXPECTATIONS_LAST_MS);
  const watch = new AtOnceWatch({ table, expectations, settings: watchSettingsOf(environment), now });
  return async (uses) => {
    try {
      await tell(await watch.raise(uses));
    } catch (error) {
      logger.error('alerts wait for the next pass', { why: errorCodeOf(error) });
      reportNotRaised();
    }
  };
}
