import { writeAgentRftJobs } from './agent-rft-job.ts';
import { writeAutoMlJob } from './auto-ml-job.ts';
import { writeAliases, writeBystander } from './bystanders.ts';
import { writeCampaign } from './campaign.ts';
import type { Customs } from './customs.ts';
import { inDeliveryOrder } from './delivery.ts';
import { writeEndpoint } from './endpoint.ts';
import { writeFeatureGroup } from './feature-group.ts';
import { writeModelCard } from './model-card.ts';
import { writeMonitoringSchedule } from './monitoring-schedule.ts';
import { writeNotebook } from './notebook.ts';
import { writeOutsider } from './outsiders.ts';
import { writePipeline } from './pipeline.ts';
import { writeStudio } from './studio.ts';
import { truthOf } from './truth-of-run.ts';
import { writeTuningJob } from './tuning-job.ts';
import type { JobTruth, UseTruth } from './use-truth.ts';
import { type World, worldsOf } from './world.ts';

export interface JoinAccount {
  /** CloudTrail records and EventBridge envelopes in the order of their arrival, late ones and repeated ones too. */
  readonly records: readonly unknown[];
  /** One of each KMS event in `records`. */
  readonly truth: readonly UseTruth[];
  /** Every run that uses keys. */
  readonly jobs: readonly JobTruth[];
  /** How things are in this account: to tabulate by. */
  readonly customs: Customs;
}

/** KMS events to aim at. */
const usesOf = { small: 900, month: 20_000 } as const;

const others: readonly ((world: World) => void)[] = [
  writeTuningJob,
  writePipeline,
  writeAutoMlJob,
  writeEndpoint,
  writeNotebook,
  writeStudio,
  writeFeatureGroup,
  writeAgentRftJobs,
  writeModelCard,
  writeMonitoringSchedule,
];

/**
 * A synthetic account with SageMaker jobs and everything around them, and the truth of who made each KMS event.
 * Nothing in it is real: it is made from AWS's documentation, and where that leaves open what records look like,
 * each account has them some other way, chosen by its seed. It is meant to make a join of key uses to jobs fail.
 *
 * - `customs.ts`: session names and credentials, who makes volumes' grants and for whom, what is logged, how many
 *   jobs run at once, how roles, prefixes and names are shared, and how records arrive.
 * - A file for each kind of resource: what it asks for, what is told of it, what it does with keys.
 * - `outsiders.ts`, `bystanders.ts`: uses of the same keys, roles and prefixes that no job makes.
 *
 * The same seed and size give the same account.
 * @param held customs that are not drawn
 */
export function makeJoinAccount(
  seed: number,
  size: 'small' | 'month',
  held: Partial<Customs> = {},
): JoinAccount {
  const worlds = worldsOf(seed, size === 'small', held);
  const { dice, customs, log } = worlds[0];
  const aim = usesOf[size];
  for (const world of worlds) {
    writeAliases(world);
    writeCampaign(world);
    for (const write of others.filter(() => dice.chance(0.5))) {
      for (let times = size === 'small' ? 1 : dice.between(2, 5); times > 0; times--) {
        write(world);
      }
    }
  }
  const outside = aim * customs.outsideShare;
  fill(worlds, aim - outside, writeCampaign);
  fill(worlds, log.truth.length + outside * 0.7, writeOutsider);
  fill(worlds, log.truth.length + outside * 0.3, writeBystander);
  return {
    records: inDeliveryOrder(log.written, customs, dice.fork('delivery')),
    truth: log.truth,
    jobs: worlds.flatMap(({ runs }) => runs.map(truthOf)),
    customs,
  };
}

/** Until so many KMS events are written, in each Region in turn. */
function fill(worlds: readonly [World, ...World[]], untilUses: number, write: (world: World) => void): void {
  const { dice, log } = worlds[0];
  while (log.truth.length < untilUses) {
    write(dice.pick(worlds));
  }
}
