import type { Attributor, JobEvidence } from '../../src/attribution/attributor.ts';
import type { Judgement } from '../../src/attribution/judgement.ts';
import type { KeyUse } from '../../src/kms/key-use.ts';

/** What is true of one use, whatever its record says. */
export interface TrueUse {
  /** The job that made it, `null` where none did. */
  readonly jobArn: string | null;
  /** Whether any record tells of that job. */
  readonly isJobKnown: boolean;
  readonly authorJobArn?: string;
  /** What it belongs to; to name that is not wrong. */
  readonly withinArn?: string;
  /** One word for how hard it is to join. */
  readonly class: string;
}

/** A simulated account: what the history would know of it, and the truth. */
export interface JoinAccount {
  readonly name: string;
  readonly uses: readonly KeyUse[];
  readonly truth: ReadonlyMap<string, TrueUse>;
  readonly evidence: JobEvidence;
}

export interface Judged {
  readonly use: KeyUse;
  readonly truth: TrueUse;
  readonly judgement: Judgement;
}

const dayMs = 86_400_000;
const nobody: readonly string[] = [];

/** Judges an account's uses as the history does, one UTC day after the other, each in two passes. */
export function judgedDays(account: JoinAccount, attributor: Attributor): readonly Judged[] {
  const days = Map.groupBy(account.uses, ({ eventTimeMs }) => Math.floor(eventTimeMs / dayMs));
  const judged: Judged[] = [];
  for (const uses of days.values()) {
    const observed = new Map<string, Set<string>>();
    for (const use of uses) {
      for (const [subject, jobId] of attributor.observe(use)) {
        const ids = observed.get(subject);
        if (ids === undefined) {
          observed.set(subject, new Set([jobId]));
        } else {
          ids.add(jobId);
        }
      }
    }
    const lists = new Map([...observed].map(([subject, ids]) => [subject, [...ids]]));
    const day = { observed: (subject: string) => lists.get(subject) ?? nobody, ask: () => {} };
    for (const use of uses) {
      const truth = account.truth.get(use.eventId);
      const judgement = attributor.judge(use, day);
      if (truth !== undefined) {
        judged.push({ use, truth, judgement });
      }
    }
  }
  return judged;
}
