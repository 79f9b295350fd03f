import type { JobEvidence } from '../../src/attribution/attributor.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { aliasKey, aliasNameOf } from '../../src/kms/alias-timeline.ts';
import type { KeyUse } from '../../src/kms/key-use.ts';
import { grantFactOf } from '../../src/sagemaker/grant-fact.ts';
import type { JobFact, SessionFact } from '../../src/sagemaker/job-fact.ts';
import { jobsOf } from '../../src/sagemaker/jobs-of.ts';

/** What the history would know after it has read some records: each event once, whatever came twice. */
export class RecordsRead {
  readonly #uses = new Map<string, KeyUse>();
  readonly #facts = new Map<string, JobFact>();

  add(value: unknown): void {
    // The hash is of no interest here.
    const event = parseEvent(value, { hashAccessKey: (accessKeyId) => accessKeyId });
    switch (event.kind) {
      case 'key-use':
        for (const use of event.uses) {
          this.#uses.set(`${use.eventId} ${use.keyRole}`, use);
        }
        break;
      case 'job-event':
      case 'session':
        for (const fact of event.facts) {
          this.#facts.set(JSON.stringify(fact), fact);
        }
        break;
      case 'source-change':
      case 'other':
        break;
      case 'quarantine':
        throw new Error(`A record of the evaluation cannot be read: ${event.reason}`);
      default:
        event satisfies never;
    }
  }

  /** Of a cross-account call that two accounts logged only the caller's copy, into which the history folds both. */
  uses(): readonly KeyUse[] {
    const uses = [...this.#uses.values()];
    const calls = new Set(
      uses.filter(({ principal }) => principal.type !== 'account').map(({ sharedEventId }) => sharedEventId),
    );
    return uses.filter(
      ({ principal, sharedEventId }) =>
        principal.type !== 'account' || sharedEventId === undefined || !calls.has(sharedEventId),
    );
  }

  evidence(): JobEvidence {
    const uses = this.uses();
    const facts = [...this.#facts.values()];
    const byAccount = Map.groupBy(facts, ({ accountId }) => accountId);
    const keys = keysByAlias(uses);
    return {
      jobs: [...byAccount.values()].flatMap((ofAccount) => jobsOf(ofAccount)),
      grants: uses.flatMap((use) => grantFactOf(use) ?? []),
      sessions: facts.filter((fact): fact is SessionFact => fact.kind === 'session'),
      resolveKey: (reference, accountId, region) => {
        const alias = aliasNameOf(reference, accountId, region);
        return alias === undefined ? undefined : keys.get(aliasKey(alias));
      },
    };
  }
}

/** What each alias meant, as some record tells. */
function keysByAlias(uses: readonly KeyUse[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { keyRef, keyArn, accountId, region } of uses) {
    const alias = keyRef === undefined ? undefined : aliasNameOf(keyRef, accountId, region);
    if (alias !== undefined && keyArn !== undefined) {
      keys.set(aliasKey(alias), keyArn);
    }
  }
  return keys;
}
