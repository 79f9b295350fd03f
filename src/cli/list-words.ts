import type {
  JobDetail,
  JobSummary,
  KeyDetail,
  KeySummary,
  PrincipalSummary,
} from '../history/query/questions.ts';
import { terminalText } from '../text/terminal-text.ts';
import type { ShortNames } from './short-names.ts';

/** How names and times are written. */
export interface Said {
  readonly names: ShortNames;
  readonly at: (time: string) => string;
  readonly zone: string;
}

/** Of lists within one thing; `--json` has all. */
const MOST_LISTED = 20;

export function keyLines(keys: readonly KeySummary[], { names, at }: Said): string[][] {
  const rows = keys.map(({ arn, accountId, region, uses, principals, jobs, openAlerts, lastSeen }) => [
    names.key(arn),
    `${region} ${accountId}`,
    ...[uses, principals, jobs, openAlerts].map(String),
    at(lastSeen),
  ]);
  return [['KEY', 'REGION AND ACCOUNT', 'USES', 'PRINCIPALS', 'JOBS', 'ALERTS', 'LAST SEEN'], ...rows];
}

export function principalLines(principals: readonly PrincipalSummary[], { names, at }: Said): string[][] {
  const rows = principals.map(({ id, type, accountId, uses, keys, jobs, lastSeen }) => [
    names.principal(id),
    type,
    terminalText(accountId ?? '-'),
    ...[uses, keys, jobs].map(String),
    at(lastSeen),
  ]);
  return [['PRINCIPAL', 'TYPE', 'ACCOUNT', 'USES', 'KEYS', 'JOBS', 'LAST SEEN'], ...rows];
}

export function jobLines(jobs: readonly JobSummary[], { at, names }: Said): string[][] {
  const rows = jobs.map(({ name, type, status, createdTime, endedTime, usedKeys, posture }) => [
    terminalText(name),
    type,
    terminalText(status ?? '-'),
    createdTime === undefined ? '-' : at(createdTime),
    endedTime === undefined ? '-' : at(endedTime),
    posture.volume,
    posture.output,
    usedKeys.map((key) => names.key(key)).join(' ') || '-',
  ]);
  return [['JOB', 'TYPE', 'STATUS', 'CREATED', 'ENDED', 'VOLUME', 'OUTPUT', 'USED KEYS'], ...rows];
}

export function keyWords(key: KeyDetail, { names, at, zone }: Said): string[] {
  return [
    key.aliases.length === 0 ? key.arn : `${key.aliases.map(terminalText).join(', ')}  ${key.arn}`,
    `${key.uses} uses by ${key.principals} principals for ${key.jobs} jobs, from ${at(key.firstSeen)} to ${at(key.lastSeen)} (${zone}); ${key.openAlerts} open alerts.`,
    ...listed(
      'Last use by principal',
      key.lastUseByPrincipal.map(
        (use) => `${at(use.lastSeen)}  ${names.principal(use.principal, key.arn)}, ${use.uses} uses`,
      ),
    ),
    ...listed(
      'Last use by job',
      key.lastUseByJob.map((use) => `${at(use.lastSeen)}  ${names.job(use.job)}, ${use.uses} uses`),
    ),
    ...listed(
      'Grants that are not retired',
      key.grants
        .toReversed()
        .map(
          ({ createdTime, grantee, operations }) =>
            `${at(createdTime)}  ${names.principal(grantee, key.arn)}: ${(operations ?? []).map(terminalText).join(' ')}`,
        ),
    ),
    ...listed(
      'Uses by key material',
      key.materials.map(
        ({ keyMaterialId, uses, operations }) =>
          `${terminalText(keyMaterialId)}  ${uses} uses; ${operations
            .map((one) => `last ${terminalText(one.operation)} ${at(one.lastSeen)}`)
            .join(', ')}`,
      ),
    ),
    ...listed(
      'Administration',
      key.timeline
        .toReversed()
        .map(
          ({ eventTime, operation, outcome, principal }) =>
            `${at(eventTime)}  ${terminalText(operation)} by ${names.principal(principal.id, key.arn)}: ${outcome}`,
        ),
    ),
  ];
}

export function principalWords(principal: PrincipalSummary, { at, zone }: Said): string[] {
  const { id, type, accountId, uses, keys, jobs, firstSeen, lastSeen } = principal;
  return [
    `${terminalText(id)}  ${type}${accountId === undefined ? '' : ` of account ${terminalText(accountId)}`}`,
    `${uses} uses of ${keys} keys for ${jobs} jobs, from ${at(firstSeen)} to ${at(lastSeen)} (${zone}).`,
  ];
}

export function jobWords(job: JobDetail, { names, at, zone }: Said): string[] {
  const times = [
    job.createdTime === undefined ? 'creation not recorded' : `created ${at(job.createdTime)}`,
    ...(job.startedTime === undefined ? [] : [`started ${at(job.startedTime)}`]),
    job.endedTime === undefined ? 'end not recorded' : `ended ${at(job.endedTime)}`,
  ];
  const { volume, output, inputs, model } = job.posture;
  return [
    terminalText(job.arn),
    `${terminalText(job.status ?? 'status not recorded')}; ${times.join(', ')} (${zone}).`,
    `Role: ${names.principal(job.roleArn)}. ${job.uses} uses are joined to it.`,
    `Encryption: volume ${volume}, output ${output}, inputs ${inputs}, model ${model}.`,
    ...listed(
      'Keys that it declares',
      job.everyDeclaredKey.map((key) => names.key(key)),
    ),
    ...listed(
      'Keys that it used',
      job.usedKeys.map((key) => names.key(key)),
    ),
    ...listed(
      'Declared and never used',
      job.declaredNeverUsed.map((key) => names.key(key)),
    ),
    ...listed(
      'Used and never declared',
      job.usedNeverDeclared.map((key) => names.key(key)),
    ),
  ];
}

function listed(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LISTED;
  return [
    `${heading}:`,
    ...lines.slice(0, MOST_LISTED).map((line) => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more (--json lists all)`] : []),
  ];
}
