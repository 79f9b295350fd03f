import { type CheckResult, checkEach, failed, notReadable, passed } from './check-result.ts';
import type { DeployedTable } from './deployed-table.ts';
import type { StackResource } from './read-result.ts';

/** Checks that a stack's tables keep what is written to them. */
export function checkTables(tables: readonly StackResource<DeployedTable>[]): CheckResult[] {
  return checkEach(tables, {
    type: 'Table',
    missingCode: 'table-missing',
    missingMend:
      'Restore it from a backup under its name (aws dynamodb restore-table-from-backup), or deploy a new stack.',
    check: checkTable,
  });
}

function checkTable(table: DeployedTable): CheckResult[] {
  const faults = [...stateFaults(table), ...protectionFaults(table), ...expiryFaults(table)];
  if (faults.length > 0) return faults;
  return [passed('table', `Table ${table.name} is ${table.status}, recoverable and protected.`)];
}

function stateFaults({ name, status, keyArn, keyUnusableSince }: DeployedTable): CheckResult[] {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
  if (keyUnusableSince !== undefined || status === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
    const since = keyUnusableSince === undefined ? '' : ` since ${keyUnusableSince}`;
    return [
      failed(
        'table-key-unusable',
        `DynamoDB cannot use the key ${keyArn ?? 'of its encryption'} of table ${name}${since}.`,
        'Enable the key, cancel its deletion, or let DynamoDB use it again in its policy; after seven days the table is archived.',
      ),
    ];
  }
  if (keyArn === undefined) {
    return [
      failed(
        'table-without-customer-key',
        `Table ${name} is encrypted with a key of DynamoDB's own, whose use nobody can see or stop.`,
        'Set its SSESpecification to KMS with a customer managed key and deploy the stack again.',
      ),
    ];
  }
  // A table that is `UPDATING` serves requests.
  if (status === 'ACTIVE' || status === 'UPDATING') return [];
  return [
    failed(
      'table-not-active',
      `Table ${name} is ${status}.`,
      status === 'CREATING'
        ? 'Wait a minute and run the doctor again.'
        : 'Restore it from a backup under its name.',
    ),
  ];
}

function protectionFaults({ name, hasRecovery, isDeletionProtected }: DeployedTable): CheckResult[] {
  const faults: CheckResult[] = [];
  if (hasRecovery.kind === 'unreadable') {
    faults.push(notReadable(`The point-in-time recovery of table ${name}`, hasRecovery));
  } else if (hasRecovery.kind === 'absent' || !hasRecovery.value) {
    faults.push(
      failed(
        'table-without-recovery',
        `Table ${name} has no point-in-time recovery.`,
        `Turn it on: aws dynamodb update-continuous-backups --table-name ${name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      ),
    );
  }
  if (!isDeletionProtected) {
    faults.push(
      failed(
        'table-without-deletion-protection',
        `Table ${name} is not protected from deletion.`,
        `Protect it: aws dynamodb update-table --table-name ${name} --deletion-protection-enabled`,
      ),
    );
  }
  return faults;
}

function expiryFaults({ name, ttlAttribute }: DeployedTable): CheckResult[] {
  if (ttlAttribute.kind === 'unreadable') return [notReadable(`The expiry of table ${name}`, ttlAttribute)];
  const attribute = ttlAttribute.kind === 'read' ? ttlAttribute.value : undefined;
  if (attribute === undefined) return [];
  return [
    failed(
      'table-ttl-differs',
      `Items of table ${name} expire by ${attribute}, whatever is held: rows expire by runs of the retention.`,
      `Turn it off: aws dynamodb update-time-to-live --table-name ${name} --time-to-live-specification Enabled=false,AttributeName=${attribute}`,
    ),
  ];
}
