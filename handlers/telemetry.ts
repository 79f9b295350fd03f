import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DeliveredOnEvent } from '../src/alerts/delivery/on-event.ts';
import type { SealPlan } from '../src/history/seal/seal-plan.ts';
import type { Ingested } from '../src/ingest/queue-message.ts';
import { logger } from './logger.ts';

/** Names and the namespace are the stack's: POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE. */
const metrics = new Metrics();

/**
 * CloudWatch takes at most 100 values of one metric in one line, and works out percentiles of them.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const MAX_VALUES = 100;

/** Counts what came in. No text of a record is in any line. */
export function reportIngested({ recorded, quarantined, stopped, failed, lagsMs }: Ingested): void {
  metrics.addMetric('recorded', MetricUnit.Count, recorded);
  metrics.addMetric('quarantined', MetricUnit.Count, quarantined);
  // Only where there is one: it is paid for by the hours that have it.
  if (stopped > 0) metrics.addMetric('WatchedSourceStopped', MetricUnit.Count, stopped);
  for (const lagMs of spread(lagsMs)) metrics.addMetric('lag', MetricUnit.Milliseconds, lagMs);
  metrics.publishStoredMetrics();
  if (failed.length > 0)
    logger.error('messages come again', {
      count: failed.length,
      why: [...new Set(failed.map(({ why }) => why))],
    });
}

/** Alerts that a batch may have raised wait for the next pass over the history. */
export function reportNotRaised(): void {
  metrics.addMetric('notRaised', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}

/** What a seal found, which is when duplicates show. */
export function reportSealed({ counts, unattributed }: Pick<SealPlan, 'counts' | 'unattributed'>): void {
  for (const { rows, duplicate, folded } of counts.values()) {
    metrics.addMetric('sealed', MetricUnit.Count, rows);
    metrics.addMetric('duplicate', MetricUnit.Count, duplicate);
    metrics.addMetric('folded', MetricUnit.Count, folded);
  }
  metrics.addMetric('unattributed', MetricUnit.Count, unattributed);
  metrics.publishStoredMetrics();
}

/** Days that a sealer had no time for, oldest first. None is a value too: what rose falls again. */
export function reportUnsealed(days: readonly string[]): void {
  metrics.addMetric('unsealedDays', MetricUnit.Count, days.length);
  metrics.publishStoredMetrics();
  if (days.length > 0) logger.warn('days wait for the next seal', { days: days.length, oldest: days[0] });
}

/** At most as many values as one line takes, the least and the greatest among them. */
function spread(values: readonly number[]): readonly number[] {
  if (values.length <= MAX_VALUES) return values;
  const sorted = Float64Array.from(values).sort();
  return Array.from(
    { length: MAX_VALUES },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MAX_VALUES - 1))] as number,
  );
}

/** What was delivered and what was not: alerts by their ids, and why in words of ours. */
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
