import type { EventSourceMapping, LambdaFunction } from './function.ts';
import type { LogDoor } from './log-door.ts';
import type { Looked, Named } from './looked.ts';
import type { Queue } from './queue.ts';
import type { Bus, Rule } from './rule.ts';
import type { TableInAws } from './table-in-aws.ts';
import type { Trail } from './trail.ts';

/** What AWS said of a deployed account and Region. */
export interface SetUp {
  readonly region: string;
  readonly stackName: string;
  readonly trails: Looked<readonly Trail[]>;
  /** Without it nothing is known of what it holds. */
  readonly stack: Looked<Stack>;
}

export interface Stack {
  readonly accountId: string;
  readonly status: string;
  readonly rules: readonly Named<Rule>[];
  readonly queues: readonly Named<Queue>[];
  readonly functions: readonly Named<LambdaFunction>[];
  readonly mappings: readonly Named<EventSourceMapping>[];
  readonly tables: readonly Named<TableInAws>[];
  /** The buses whose policies the stack sets: a hub has one. */
  readonly buses: readonly Named<Bus>[];
  /** Absent where it was deployed without that door. */
  readonly logDoor?: LogDoor;
}

/** What the person who asks says that the set-up should be. */
export interface Expectation {
  /** A spoke, which sends its events to a hub's bus. */
  readonly isSpoke: boolean;
  /** The ARN of the hub's bus. */
  readonly hubBusArn?: string;
  /** Organisation and account ids that the hub's bus must take events from. */
  readonly admits: readonly string[];
}
