/**
 * The observations of a day, and the recorder of what a judgement depends on. Its answers never change, because all
 * uses are observed before any is judged.
 */
export interface Day {
  /** What the day's observations connect with a subject: ids of jobs, sessions, or counter-evidence. */
  observed(subject: string): readonly string[];
  /** Records that the answer depends on the evidence about a subject, also if there is none yet. */
  ask(subject: string): void;
}

/** A use connects a subject with something, usually with a job by its id. */
export type Observation = readonly [subject: string, of: string];
