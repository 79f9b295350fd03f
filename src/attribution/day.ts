/**
 * What the uses of a day told of sessions and keys, and where to say what a judgement hung on. It answers the same as
 * long as it lives: everything is observed before anything is judged.
 */
export interface Day {
  /** Ids of the jobs that the day's observations tied to a subject. */
  observed(subject: string): readonly string[];
  /** Called with every subject whose evidence the answer hung on, also where there was none. */
  ask(subject: string): void;
}

/** That a use ties a subject to a job, by the job's id. */
export type Observation = readonly [subject: string, jobId: string];
