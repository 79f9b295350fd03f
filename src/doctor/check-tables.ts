import { type Finding, notLookedAt, right, wrong } from './finding.ts';
import type { Named } from './looked.ts';
import type { TableInAws } from './table-in-aws.ts';

/** Whether a stack's tables keep what is written to them. */
export function checkTables(tables: readonly Named<TableInAws>[]): Finding[] {
  return tables.flatMap(({ name, looked }) => {
    switch (looked.kind) {
      case 'unseen':
        return [notLookedAt(`Table ${name}`, looked)];
      case 'absent':
        return [
          wrong(
            'table-missing',
            `Table ${name} of the stack is gone.`,
            'Restore it from a backup under its name (aws dynamodb restore-table-from-backup), or deploy a new stack.',
          ),
        ];
      case 'seen':
        return checkTable(looked.value);
      default:
        return looked satisfies never;
    }
  });
}

function checkTable(table: TableInAws): Finding[] {
  const faults = [...faultsOfState(table), ...faultsOfKeeping(table), ...faultsOfExpiry(table)];
  if (faults.length > 0) return faults;
  return [right('table', `Table ${table.name} is ${table.status}, recoverable and protected.`)];
}

function faultsOfState({ name, status, keyArn, keyUnusableSince }: TableInAws): Finding[] {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
  if (keyUnusableSince !== undefined || status === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
    const since = keyUnusableSince === undefined ? '' : ` since ${keyUnusableSince}`;
    return [
      wrong(
        'table-key-unusable',
        `DynamoDB cannot use the key ${keyArn ?? 'of its encryption'} of table ${name}${since}.`,
        'Enable the key, cancel its deletion, or let DynamoDB use it again in its policy; after seven days the table is archived.',
      ),
    ];
  }
  if (keyArn === undefined) {
    return [
      wrong(
        'table-without-customer-key',
        `Table ${name} is encrypted with a key of DynamoDB's own, whose use nobody can see or stop.`,
        'Set its SSESpecification to KMS with a customer managed key and deploy the stack again.',
      ),
    ];
  }
  // `UPDATING` serves all the while.
  if (status === 'ACTIVE' || status === 'UPDATING') return [];
  return [
    wrong(
      'table-not-active',
      `Table ${name} is ${status}.`,
      status === 'CREATING'
        ? 'Wait a minute and run the doctor again.'
        : 'Restore it from a backup under its name.',
    ),
  ];
}

function faultsOfKeeping({ name, hasRecovery, isDeletionProtected }: TableInAws): Finding[] {
  const faults: Finding[] = [];
  if (hasRecovery.kind === 'unseen') {
    faults.push(notLookedAt(`The point-in-time recovery of table ${name}`, hasRecovery));
  } else if (hasRecovery.kind === 'absent' || !hasRecovery.value) {
    faults.push(
      wrong(
        'table-without-recovery',
        `Table ${name} has no point-in-time recovery.`,
        `Turn it on: aws dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      ),
    );
  }
  if (!isDeletionProtected) {
    faults.push(
      wrong(
        'table-without-deletion-protection',
        `Table ${name} is not protected from deletion.`,
        `Protect it: aws dynamodb update-table --table-name ${name} --deletion-protection-enabled`,
      ),
    );
  }
  return faults;
}

function faultsOfExpiry({ name, ttlAttribute }: TableInAws): Finding[] {
  if (ttlAttribute.kind === 'unseen') return [notLookedAt(`The expiry of table ${name}`, ttlAttribute)];
  const attribute = ttlAttribute.kind === 'seen' ? ttlAttribute.value : undefined;
  if (attribute === undefined) return [];
  return [
    wrong(
      'table-ttl-differs',
      `Items of table ${name} expire by ${attribute}, whatever is held: rows expire by runs of the retention.`,
      `Turn it off: aws dynamodb update-time-to-live --table-name ${name} --time-to-live-specification Enabled=false,AttributeName=${attribute}`,
    ),
  ];
}
