import type { Dice } from './dice.ts';
import { aRole, type Role } from './identity.ts';
import type { World } from './world.ts';

/** The role that a new job runs under. */
export function roleFor(world: World, base: string): Role {
  const { dice, customs } = world;
  return customs.roles === 'per-job'
    ? aRole(dice, customs.partition, world.accountId, '/jobs/', `${base}-${dice.hex(5)}`)
    : dice.pick(world.teamRoles);
}

/** Some names contain others from their beginning: `train-1` and `train-12`. */
export function jobName(world: World, base: string, createdMs: number): string {
  const name = someName(base, createdMs, world.dice);
  // SageMaker refuses a name that is taken.
  return world.runs.some((run) => run.name === name) ? `${name}-${world.dice.hex(6)}` : name;
}

function someName(base: string, createdMs: number, dice: Dice): string {
  const manner = dice.pick(['sdk', 'sdk', 'counted', 'random'] as const);
  switch (manner) {
    case 'sdk':
      return `${base}-${new Date(createdMs)
        .toISOString()
        .replace(/[:.TZ]/g, '-')
        .slice(0, 23)}`;
    case 'counted':
      return `${base}-${dice.between(1, 9999)}`;
    case 'random':
      return `${base}-${dice.hex(8)}`;
    default:
      return manner satisfies never;
  }
}

const bases = ['train', 'train-xgb', 'nightly', 'embed', 'rank', 'forecast', 'clean', 'score'];

export function jobBase(dice: Dice): string {
  return dice.pick(bases);
}

/** Some moment of the account's time, more in working hours. */
export function someTime(world: World): number {
  const { dice, fromMs, toMs } = world;
  const atMs = fromMs + Math.floor(dice.unit() * (toMs - fromMs));
  const hour = new Date(atMs).getUTCHours();
  return (hour < 7 || hour > 19) && dice.chance(0.5) ? atMs + 10 * 3_600_000 : atMs;
}
