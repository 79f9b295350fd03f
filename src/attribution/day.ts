/**
 * What the uses of a day told of sessions and keys, and where to say what a judgement hung on. It answers the same as
 * long as it lives: everything is observed before anything is judged.
 */
export interface Day {
  /** What the day's observations tied to a subject: ids of jobs, or sessions, or signs. */
  observed(subject: string): readonly string[];
  /** Called with every subject whose evidence the answer hung on, also where there was none. */
  ask(subject: string): void;
}

/** That a use ties a subject to something: most to a job, by its id. */
export type Observation = readonly [subject: string, of: string];
