import { makePrincipal, type SimulatedPrincipal } from './principal.ts';
import { Random } from './random.ts';
import type { Scheduled } from './schedule.ts';
import type { SimulatedKey } from './simulated-key.ts';
import type { KmsDraft, Slice } from './slice.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from './time-text.ts';
import type { IncidentTruth } from './truth.ts';
import type { UsualPair, World } from './world.ts';

/** An account that is not simulated. */
export const OUTSIDE_ACCOUNT = '999988887777';

/** Incidents being planned, and what several of them are about. Principals are drawn in the order of the calls. */
export class IncidentPlan {
  readonly world: World;
  readonly random: Random;
  readonly scheduled: Scheduled[] = [];
  /** A frequent use of an application key in the first place, and one of another key by another principal. */
  readonly popular: UsualPair;
  readonly rare: UsualPair;
  /** The account and Region of the popular key. */
  readonly home: { readonly accountId: string; readonly region: string };

  private constructor(world: World, random: Random, popular: UsualPair, rare: UsualPair) {
    this.world = world;
    this.random = random;
    this.popular = popular;
    this.rare = rare;
    this.home = { accountId: popular.key.accountId, region: popular.key.region };
  }

  /** @returns undefined if the world has too few keys for incidents */
  static of(world: World): IncidentPlan | undefined {
    const [main] = world.places;
    const usualPairs = world.usualPairs.items.filter(
      (pair) => pair.key.purpose === 'application' && pair.principal.kind !== 'root',
    );
    const popular = usualPairs.find(
      (pair) => pair.key.accountId === main?.accountId && pair.key.region === main.region,
    );
    if (popular === undefined) return undefined;
    const rare =
      usualPairs.findLast((pair) => pair.principal !== popular.principal && pair.key !== popular.key) ??
      popular;
    return new IncidentPlan(world, new Random(world.options.seed, 'incidents'), popular, rare);
  }

  get key(): SimulatedKey {
    return this.popular.key;
  }

  /** Schedules at a whole second, unless the simulation ends within the hour. */
  at(timeMs: number, emit: (slice: Slice, timeMs: number) => void): void {
    const { world, scheduled } = this;
    const whole = Math.floor(timeMs / SECOND_MS) * SECOND_MS;
    if (whole < world.toMs - HOUR_MS) scheduled.push({ timeMs: whole, emit: (slice) => emit(slice, whole) });
  }

  /** An hour of a day. The first day is left to learning. */
  on(day: number, hour: number): number {
    const { world } = this;
    return world.fromMs + Math.min(day, world.options.days - 1) * DAY_MS + hour * HOUR_MS;
  }

  /** A role that appears in incidents only. */
  newRole(name: string): SimulatedPrincipal {
    return makePrincipal(this.random, 'application-role', this.home, name, '', 'i-05eed0123456789ab');
  }
}

/** Adds the truth about an incident, with the events that it consists of. */
export function addIncident(
  slice: Slice,
  rule: string,
  subject: Omit<IncidentTruth, 'truth' | 'rule' | 'time' | 'eventIds'>,
  events: readonly KmsDraft[],
): void {
  const [first] = events;
  if (first === undefined) return;
  slice.truths.push({
    truth: 'incident',
    rule,
    ...subject,
    time: first.eventTime,
    eventIds: events.slice(0, 20).map((event) => event.eventId),
  });
}

export function times(count: number, startMs: number, stepMs: number): number[] {
  return Array.from({ length: count }, (_, nth) => startMs + nth * stepMs);
}
