import type { SessionOptions, SimulatedPrincipal, SimulatedSession } from './principal.ts';
import type { SimulatedKey } from './simulated-key.ts';
import type { Team } from './world.ts';

export type JobType =
  | 'training-job'
  | 'processing-job'
  | 'transform-job'
  | 'hyper-parameter-tuning-job'
  | 'automl-job'
  | 'endpoint'
  | 'notebook-instance'
  | 'feature-group'
  /** The newer jobs of model customisation, whose encryption context names them. */
  | 'fine-tuning-job';

export type JobStatus = 'Completed' | 'Failed' | 'Stopped';

/** A part of a job's life with uses of one kind; `weight` is relative to the job's other phases. */
export interface JobPhase {
  readonly uses: 'input' | 'checkpoint' | 'output' | 'secret' | 'direct' | 'capture' | 'model';
  readonly fromMs: number;
  readonly toMs: number;
  readonly weight: number;
}

/** What a session of a job is made of; the rest follows from the job. */
interface SessionPlan {
  readonly sessionName: string;
  /** When its first session began. */
  readonly firstMs: number;
  readonly options: Omit<SessionOptions, 'sessionName'>;
}

/** One job, or another SageMaker resource that runs under a role. Times are epoch milliseconds. */
export interface SimulatedJob {
  readonly type: JobType;
  readonly name: string;
  readonly arn: string;
  readonly team: Team;
  readonly role: SimulatedPrincipal;
  readonly launcher: SimulatedPrincipal;
  readonly createdMs: number;
  readonly startedMs: number;
  /** Infinity while it runs on. */
  readonly endedMs: number;
  readonly status: JobStatus;
  /** The credentials of its instances at first; `sessionAt` has those of later. */
  readonly session: SimulatedSession;
  readonly sessionPlan: SessionPlan;
  /** The host through which its S3 calls are made, as records name it. */
  readonly via: string;
  readonly volumeKey: SimulatedKey | undefined;
  readonly outputKey: SimulatedKey | undefined;
  readonly dataKey: SimulatedKey;
  /** How the create request names the volume and output keys. */
  readonly keyForm: 'arn' | 'id' | 'alias';
  readonly instanceType: string;
  readonly instanceCount: number;
  /** Without `s3://`; `bucket/prefix`, no slash at the end. */
  readonly inputPath: string;
  readonly outputPath: string;
  readonly checkpointPath: string | undefined;
  /** The artifact of its model, for those that have one. */
  readonly modelPath: string;
  readonly bucketKeys: boolean;
  readonly removeJobName: boolean;
  readonly volumeId: string;
  readonly grantId: string;
  readonly phases: readonly JobPhase[];
  readonly parent: SimulatedJob | undefined;
  /** The earlier job whose output this one reads. */
  readonly source: SimulatedJob | undefined;
  readonly sourceIdentity: string | undefined;
  readonly pipelineExecutionArn: string | undefined;
  readonly failedCreates: number;
  readonly reusesName: boolean;
  readonly createRecord: boolean;
  readonly stateChanges: boolean;
  readonly known: boolean;
  /** Whether its calls name the job in `inScopeOf`. */
  readonly inScope: boolean;
  /** Seeds the draws of this job. */
  readonly seed: string;
}

/** Whether instances have local NVMe storage, which the hardware encrypts and which takes no volume key. */
export function hasLocalStorage(instanceType: string): boolean {
  return instanceType.startsWith('ml.g5') || instanceType.startsWith('ml.p4d');
}
