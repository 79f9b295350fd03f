import { gunzipSync } from 'node:zlib';
import type { SimulatedFile } from '../../simulator/delivery.ts';
import { simulate } from '../../simulator/simulate.ts';
import type { SimulationOptions } from '../../simulator/simulation-options.ts';
import { RecordsRead } from './account-of-records.ts';
import type { JoinAccount, TrueUse } from './judged-account.ts';

/** Simulates an account in memory. Owners' copies of cross-account calls are folded away, as the history does. */
export function simulatedAccount(name: string, options: SimulationOptions): JoinAccount {
  const truth = new Map<string, TrueUse>();
  const withoutRole = new Set<string>();
  const read = new RecordsRead();
  const files = simulate(options, {
    onTruth: (line) => {
      // State changes of these have no role, which their models have; those are created with them.
      if (line.truth === 'job' && !line.createRecord && ROLE_OF_MODEL.has(line.type)) {
        withoutRole.add(line.jobArn);
      }
      if (line.truth === 'kms' && line.duplicateOf === undefined) {
        truth.set(line.eventId, {
          jobArn: line.jobArn,
          isJobKnown: line.jobKnown === true && !withoutRole.has(line.jobArn ?? ''),
          ...(line.authorJobArn === undefined ? {} : { authorJobArn: line.authorJobArn }),
          class: line.jobArn === null ? 'outside' : line.evidence,
        });
      }
    },
  });
  for (const file of files) {
    for (const value of valuesOf(file)) {
      read.add(value);
    }
  }
  return { name, uses: read.uses(), truth, evidence: read.evidence() };
}

const ROLE_OF_MODEL: ReadonlySet<string> = new Set(['transform-job', 'endpoint']);

function valuesOf(file: SimulatedFile): readonly unknown[] {
  const text = (file.path.endsWith('.gz') ? gunzipSync(file.bytes) : file.bytes).toString('utf8');
  if (file.kind === 'eventbridge') {
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }
  const log: { readonly Records: readonly unknown[] } = JSON.parse(text);
  return log.Records;
}
