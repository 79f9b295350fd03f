import { createHash } from 'node:crypto';
import { Attributor } from '../../src/attribution/attributor.ts';
import type { JudgedUse } from '../../src/attribution/judgement.ts';
import type { Attribution } from '../../src/history/facts/judgement-text.ts';
import type { UsageRow } from '../../src/history/query/questions.ts';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import {
  type AliasFact,
  aliasKey,
  aliasNameOf,
  compareAliasFacts,
  keyOfAlias,
} from '../../src/kms/alias-timeline.ts';
import type { KeyArn, KeyUse } from '../../src/kms/key-use.ts';
import { grantFactOf } from '../../src/sagemaker/grant-fact.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobsOf } from '../../src/sagemaker/jobs-of.ts';
import { isoTime } from '../../src/utc-time.ts';

const options = {
  hashAccessKey: (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 16),
};

/**
 * The attributions of rows, worked out in memory from all records at once, without the history: every fact of jobs
 * together, what each day's uses teach, then each row. Of a row that two accounts logged the copy whose id it has
 * is judged, as the row shows it.
 */
export function judgedDirectly(
  records: readonly unknown[],
  rows: readonly UsageRow[],
): Map<string, Attribution> {
  const facts = new Map<string, JobFact>();
  const uses = new Map<string, KeyUse>();
  for (const record of records) {
    const parsed = parseEvent(record, options);
    if (parsed.kind === 'job-event' || parsed.kind === 'session') {
      for (const fact of parsed.facts) facts.set(JSON.stringify(fact), fact);
    }
    if (parsed.kind !== 'key-use') continue;
    for (const use of parsed.uses) {
      uses.set(`${use.eventId} ${use.keyRole ?? ''}`, use);
      const grant = grantFactOf(use);
      if (grant !== undefined) facts.set(JSON.stringify(grant), grant);
    }
  }
  const all = [...facts.values()];
  const accounts = [...new Set(all.map(({ accountId }) => accountId))];
  const aliases = aliasesIn(rows);
  const attributor = new Attributor({
    jobs: accounts.flatMap((accountId) => jobsOf(all.filter((fact) => fact.accountId === accountId))),
    grants: all.filter((fact) => fact.kind === 'grant'),
    sessions: all.filter((fact) => fact.kind === 'session'),
    resolveKey(reference, accountId, region, timeMs) {
      const name = aliasNameOf(reference, accountId, region);
      return name === undefined ? undefined : keyOfAlias(aliases.get(aliasKey(name)) ?? [], timeMs);
    },
  });
  const observed = new Map<string, Set<string>>();
  for (const use of uses.values()) {
    const day = isoTime(use.eventTimeMs).slice(0, 10);
    for (const [subject, jobId] of attributor.observe(judgedMembersOf(use))) {
      const name = `${day} ${subject}`;
      observed.set(name, (observed.get(name) ?? new Set()).add(jobId));
    }
  }
  return new Map(
    rows.map((row) => {
      const name = `${row.eventId} ${row.keyRole ?? ''}`;
      const use = uses.get(name);
      if (use === undefined) throw new Error(`${name} is no use of the records`);
      const day = row.eventTime.slice(0, 10);
      const judgement = attributor.judge(asShown(use, row), {
        observed: (subject) => [...(observed.get(`${day} ${subject}`) ?? [])].sort(),
        ask: () => {},
      });
      const { status, jobs, reasons = [], authorJobArn } = judgement;
      const attribution: Attribution = {
        status,
        jobs: jobs.map(({ createdMs, ...job }) => ({
          ...job,
          ...(createdMs === undefined ? {} : { createdTime: isoTime(createdMs) }),
        })),
        ...(status === 'none' ? { reasons } : {}),
        ...(authorJobArn === undefined ? {} : { authorJob: { arn: authorJobArn } }),
      };
      return [name, attribution];
    }),
  );
}

/** A use with the members that its row has and it lacks: those of the other account's copy, and the key of an alias. */
function asShown(use: KeyUse, row: UsageRow): JudgedUse {
  return {
    ...judgedMembersOf(use),
    keyArn: use.keyArn ?? (row.keyArn as KeyArn | undefined),
    encryptionContext: row.encryptionContext,
  };
}

function judgedMembersOf(use: KeyUse): JudgedUse {
  const { eventTimeMs, accountId, region, keyArn, operation, outcome, principal } = use;
  const { encryptionContext, grant, join, sourceIp, userAgent } = use;
  return {
    eventTimeMs,
    accountId,
    region,
    keyArn,
    operation,
    outcome,
    principal,
    encryptionContext,
    grant,
    join,
    sourceIp,
    userAgent,
  };
}

/** What the rows say of aliases, as docs/reading.md says. */
function aliasesIn(rows: readonly UsageRow[]): Map<string, AliasFact[]> {
  const aliases = new Map<string, AliasFact[]>();
  for (const row of rows) {
    if (row.keyRef === undefined || row.keyFrom === 'alias') continue;
    const name = aliasNameOf(row.keyRef, row.accountId, row.region);
    if (name === undefined) continue;
    const kind =
      row.operation === 'DeleteAlias'
        ? 'deleted'
        : row.operation === 'CreateAlias' || row.operation === 'UpdateAlias'
          ? 'set'
          : 'seen';
    if (kind !== 'seen' && row.outcome !== 'success') continue;
    if (kind !== 'deleted' && row.keyArn === undefined) continue;
    const fact: AliasFact = {
      timeMs: Date.parse(row.eventTime),
      kind,
      ...(row.keyArn === undefined ? {} : { keyArn: row.keyArn as KeyArn }),
    };
    aliases.set(aliasKey(name), [...(aliases.get(aliasKey(name)) ?? []), fact]);
  }
  for (const list of aliases.values()) list.sort(compareAliasFacts);
  return aliases;
}
