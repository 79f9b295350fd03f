import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DeliveredOnEvent } from '../src/alerts/delivery/on-event.ts';
import type { SealReport } from '../src/history/seal/seal-day.ts';
import type { Ingested } from '../src/ingest/queue-message.ts';
import { logger } from './logger.ts';

/** The stack sets the service and the namespace: POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE. */
const metrics = new Metrics();

/**
 * CloudWatch accepts at most 100 values of a metric in one line, and computes percentiles from them.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const MAX_VALUES = 100;

/** The sums that account for every record, as those of an import do (docs/importing.md). */
const BALANCED = [
  'records',
  'kmsEvents',
  'secondKeys',
  'jobEvents',
  'otherRecords',
  'quarantinedKms',
] as const;

/** Reports what was ingested. No line contains text from records. */
export function reportIngested({
  balance,
  recorded,
  quarantined,
  leftOut,
  stopped,
  failed,
  lagsMs,
}: Ingested): void {
  metrics.addMetric('recorded', MetricUnit.Count, recorded);
  for (const name of BALANCED) metrics.addMetric(name, MetricUnit.Count, balance[name]);
  if (balance.unaccounted > 0) metrics.addMetric('unaccounted', MetricUnit.Count, balance.unaccounted);
  metrics.addMetric('quarantined', MetricUnit.Count, quarantined);
  // Only when it is above 0: a metric costs by the hours that have a value.
  if (stopped > 0) metrics.addMetric('WatchedSourceStopped', MetricUnit.Count, stopped);
  if (leftOut.length > 0) metrics.addMetric('leftOut', MetricUnit.Count, leftOut.length);
  for (const lagMs of spread(lagsMs)) metrics.addMetric('lag', MetricUnit.Milliseconds, lagMs);
  metrics.publishStoredMetrics();
  for (const [why, some] of Map.groupBy(leftOut, (each) => each))
    logger.info('objects left out', { count: some.length, why });
  if (failed.length > 0)
    logger.error('messages come again', {
      count: failed.length,
      why: [...new Set(failed.map(({ why }) => why))],
    });
}

/** Reports that a batch could not raise alerts: the next detection over the history raises them. */
export function reportNotRaised(): void {
  metrics.addMetric('notRaised', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}

/** Reports what a seal found. Only a seal finds the duplicates. */
export function reportSealed({ counts, unattributed }: SealReport): void {
  for (const { rows, duplicate, folded } of counts.values()) {
    metrics.addMetric('sealed', MetricUnit.Count, rows);
    metrics.addMetric('duplicate', MetricUnit.Count, duplicate);
    metrics.addMetric('folded', MetricUnit.Count, folded);
  }
  metrics.addMetric('unattributed', MetricUnit.Count, unattributed);
  metrics.publishStoredMetrics();
}

/** Reports the days that a sealer had no time for, oldest first; also 0, so that the alarm ends. */
export function reportUnsealed(days: readonly string[]): void {
  metrics.addMetric('unsealedDays', MetricUnit.Count, days.length);
  metrics.publishStoredMetrics();
  if (days.length > 0) logger.warn('days wait for the next seal', { days: days.length, oldest: days[0] });
}

/** Reports whether the log of seals is signed: 1 where it could not be, and why; also 0. */
export function reportUnsigned(why: string | undefined): void {
  metrics.addMetric('unsignedSeals', MetricUnit.Count, why === undefined ? 0 : 1);
  metrics.publishStoredMetrics();
  if (why !== undefined) logger.error('the log of seals is not signed', { why });
}

/** At most `MAX_VALUES` of the values, with the least and the greatest. */
function spread(values: readonly number[]): readonly number[] {
  if (values.length <= MAX_VALUES) return values;
  const sorted = Float64Array.from(values).sort();
  return Array.from(
    { length: MAX_VALUES },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MAX_VALUES - 1))] as number,
  );
}

/** Reports deliveries and failures, by alert id and with Keytrail's own words for the reason. */
export function reportDelivered({ lagsMs, failed, problems, isOutbox }: DeliveredOnEvent): void {
  for (const lagMs of spread(lagsMs)) metrics.addMetric('deliveryLag', MetricUnit.Milliseconds, lagMs);
  metrics.addMetric('delivered', MetricUnit.Count, lagsMs.length);
  if (isOutbox) metrics.addMetric('deliveryProblems', MetricUnit.Count, problems);
  metrics.publishStoredMetrics();
  for (const { channel, alertId, change, why } of failed.slice(0, MAX_VALUES)) {
    logger.warn('an alert was not delivered and is tried again', { channel, alertId, change, why });
  }
  if (problems > 0) logger.error('deliveries keep failing', { alerts: problems });
}
