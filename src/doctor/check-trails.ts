import {
  type CarriedEvents,
  carriedEvents,
  type EventKind,
  NEEDED_EVENTS,
} from '../cloudtrail/carried-events.ts';
import { type CheckResult, failed, notReadable, passed } from './check-result.ts';
import type { ReadResult } from './read-result.ts';
import type { Trail } from './trail.ts';

const REPLACES = 'aws cloudtrail put-event-selectors replaces all selectors: give the others again';

/**
 * Checks that the trails of a Region carry the events of KMS and SageMaker: EventBridge gets management events only
 * where a trail logs them.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function checkTrails(trails: ReadResult<readonly Trail[]>, region: string): CheckResult[] {
  if (trails.kind === 'unreadable') return [notReadable('CloudTrail', trails)];
  const covering = trails.kind === 'read' ? trails.value.filter((trail) => covers(trail, region)) : [];
  if (covering.length === 0) {
    return [
      failed(
        'trail-missing',
        `No CloudTrail trail covers ${region}, so EventBridge gets no event of KMS or SageMaker.`,
        'Make a trail for all Regions with Read and Write management events (aws cloudtrail create-trail --is-multi-region-trail, then start-logging).',
      ),
    ];
  }
  const together = fewestThatCarryAll(covering);
  if (together !== undefined) {
    const names = together.map(({ name }) => name).join(' and ');
    return [
      passed(
        'trail',
        `${together.length > 1 ? `Trails ${names} log` : `Trail ${names} logs`} all of KMS in ${region}, Read and Write.`,
      ),
    ];
  }
  return covering.flatMap(faultsOf);
}

function covers(trail: Trail, region: string): boolean {
  return trail.isMultiRegion || trail.homeRegion === region;
}

/** One trail that carries all is enough; otherwise several may complete each other. */
function fewestThatCarryAll(trails: readonly Trail[]): readonly Trail[] | undefined {
  const logging = trails.filter((trail) => trail.isLogging.kind === 'read' && trail.isLogging.value);
  const whole = logging.find((trail) => NEEDED_EVENTS.every((kind) => carriedBy(trail)?.kinds.has(kind)));
  if (whole !== undefined) return [whole];
  const carriers = NEEDED_EVENTS.map((kind) => logging.find((trail) => carriedBy(trail)?.kinds.has(kind)));
  const found = carriers.filter((trail) => trail !== undefined);
  return found.length === NEEDED_EVENTS.length ? [...new Set(found)] : undefined;
}

function carriedBy({ selectors }: Trail): CarriedEvents | undefined {
  return selectors.kind === 'read' ? carriedEvents(selectors.value) : undefined;
}

function faultsOf(trail: Trail): CheckResult[] {
  return [...faultsOfLogging(trail), ...faultsOfSelectors(trail)];
}

function faultsOfLogging({ name, arn, homeRegion, isLogging }: Trail): CheckResult[] {
  if (isLogging.kind === 'unreadable') return [notReadable(`Whether trail ${name} logs`, isLogging)];
  if (isLogging.kind === 'read' && isLogging.value) return [];
  return [
    failed(
      'trail-stopped',
      `Trail ${name} is not logging.`,
      `Start it: aws cloudtrail start-logging --region ${homeRegion} --name ${arn}`,
    ),
  ];
}

function faultsOfSelectors(trail: Trail): CheckResult[] {
  const { name, selectors } = trail;
  if (selectors.kind === 'unreadable') return [notReadable(`What trail ${name} selects`, selectors)];
  const { kinds, filteredBy } = carriedBy(trail) ?? { kinds: new Set<EventKind>(), filteredBy: [] };
  if (NEEDED_EVENTS.every((kind) => kinds.has(kind))) return [];
  if (filteredBy.length > 0) {
    return [
      failed(
        'trail-filtered',
        `Trail ${name} filters management events by ${filteredBy.join(' and ')}, so it leaves some out.`,
        `Add a selector of eventCategory Management without further fields; ${REPLACES}.`,
      ),
    ];
  }
  if (kinds.size === 0) {
    return [
      failed(
        'trail-without-management-events',
        `Trail ${name} records no management events that Keytrail needs.`,
        `Have it record management events, Read and Write, of all sources; ${REPLACES}.`,
      ),
    ];
  }
  return missingKinds(name, kinds);
}

function missingKinds(name: string, kinds: ReadonlySet<EventKind>): CheckResult[] {
  const lacks = (...wanted: EventKind[]) => wanted.every((kind) => !kinds.has(kind));
  const hasNoReads = lacks('kms-read', 'sagemaker-read');
  const hasNoWrites = lacks('kms-write', 'sagemaker-write');
  const faults: CheckResult[] = [];
  if (lacks('kms-read', 'kms-write')) faults.push(excludesKms(name, 'all events of KMS'));
  else if (lacks('kms-read') && !hasNoReads) faults.push(excludesKms(name, 'the Read events of KMS'));
  else if (lacks('kms-write') && !hasNoWrites) faults.push(excludesKms(name, 'the Write events of KMS'));
  if (hasNoReads) {
    faults.push(
      failed(
        'trail-without-reads',
        `Trail ${name} records Write events only, and Decrypt and GenerateDataKey are Read events.`,
        `Set its ReadWriteType to All, or take readOnly out of its advanced selector; ${REPLACES}.`,
      ),
    );
  }
  if (hasNoWrites) {
    faults.push(
      failed(
        'trail-without-writes',
        `Trail ${name} records Read events only, and CreateGrant and what begins a SageMaker job are Write events.`,
        `Set its ReadWriteType to All, or take readOnly out of its advanced selector; ${REPLACES}.`,
      ),
    );
  } else if (lacks('sagemaker-write')) {
    faults.push(
      failed(
        'trail-excludes-sagemaker',
        `Trail ${name} leaves out the calls of SageMaker, so no use can be joined to its job.`,
        `Take the condition on eventSource out of its advanced selector; ${REPLACES}.`,
      ),
    );
  }
  return faults;
}

function excludesKms(name: string, what: string): CheckResult {
  return failed(
    'trail-excludes-kms',
    `Trail ${name} leaves out ${what}, so no key use arrives and none of that time ever will.`,
    `Take kms.amazonaws.com out of its ExcludeManagementEventSources, or out of the eventSource condition of its advanced selector; ${REPLACES}.`,
  );
}
