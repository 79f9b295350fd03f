/**
 * What AWS does not document, so that accounts may differ in it: how SageMaker gets its sessions, and what of it is on
 * record; and how people use the roles of jobs.
 */
export interface Customs {
  /**
   * How the sessions of jobs are called. `alike`: all `SageMaker`. `by-job`: after the job. `by-kind`: the jobs of each
   * kind in another way. `random`: by a number. `of-another-job`: after another job of the team. `like-people`: as people,
   * SDKs and other services call theirs.
   */
  readonly sessionNames: 'alike' | 'by-job' | 'by-kind' | 'random' | 'of-another-job' | 'like-people';
  /**
   * `one-a-job`: a job has one session as long as it runs. `hourly`: it gets another every hour. `hourly-keys`: in its one
   * session it gets another access key every hour. `shared`: the jobs of a role share a session that is renewed every hour.
   */
  readonly credentials: 'one-a-job' | 'hourly' | 'hourly-keys' | 'shared';
  /** Share of jobs whose records have no access key. */
  readonly withoutAccessKeyShare: number;
  /** Which jobs have records of SageMaker's assuming the role, and of their log streams. */
  readonly sessionRecords: 'all' | 'first-only' | 'none';
  /** Whether teams work in two Regions, often with the same job at the same second in both. */
  readonly isSideBySide: boolean;
  /** Whether teams have two endpoints, each of which reads the model that its request names. */
  readonly endpointsReadModels: boolean;
  /** Uses of people and other services under the roles of jobs, relative to those of the jobs. */
  readonly outsiderShare: number;
  /** How they call their sessions: as they usually do, or as jobs call theirs. */
  readonly outsiderNames: 'usual' | 'like-jobs';
}

export const USUAL_CUSTOMS: Customs = {
  sessionNames: 'alike',
  credentials: 'one-a-job',
  withoutAccessKeyShare: 0.15,
  sessionRecords: 'all',
  isSideBySide: false,
  endpointsReadModels: false,
  outsiderShare: 0,
  outsiderNames: 'usual',
};
