import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { expectationJsonSchema } from '../../src/expectations/json-schema.ts';
import { readExpectationFile } from '../../src/expectations/read-file.ts';
import { anExpectation, keyArn, nowMs, otherKeyArn, roleArn } from './an-expectation.ts';

const SCHEMA = new URL('../../docs/expectations.schema.json', import.meta.url);
const DOCUMENT = new URL('../../docs/expectations.md', import.meta.url);

/** A file of one expectation, a line to each of the fields given, and all else right. */
function aFile(fields: Readonly<Record<string, string | undefined>>): string {
  const all: Readonly<Record<string, string | undefined>> = {
    id: 'training',
    keys: `[${keyArn}]`,
    principals: `[${roleArn}]`,
    operations: '[cryptographic]',
    owner: 'ml-platform',
    reason: 'Training',
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`    ${name}: ${value}`],
  );
  return ['expectations:', '  -', ...lines].join('\n');
}

function faultsIn(text: string): string[] {
  return readExpectationFile(text, nowMs).faults.map(({ line, sentence }) => `${line}: ${sentence}`);
}

test('a file is read as it is meant, JSON too', () => {
  const expectations = [
    anExpectation(),
    anExpectation({
      id: 'people',
      keys: ['alias/training', 'account:111122223333', 'ml', `arn:aws:kms:us-west-2:111122223333:alias/x`],
      principals: [
        'arn:aws:iam::111122223333:root',
        'arn:aws:iam::111122223333:role/team/*',
        'account:444455556666',
        'service:dynamodb.amazonaws.com',
        'id:444455556666/AROAEXAMPLE',
        { organisation: 'o-a1b2c3d4e5', accounts: ['777788889999'] },
      ],
      operations: ['Decrypt', 'management'],
      only: {
        via: ['s3.amazonaws.com'],
        jobs: true,
        vpcEndpoints: ['vpce-0123456789abcdef0'],
        networks: ['192.0.2.0/24', '2001:db8::/32'],
        times: [
          { days: ['mon', 'fri'], from: '09:00', to: '24:00' },
          { from: '00:00', to: '01:00' },
        ],
      },
      ticket: 'SEC-1',
      from: '2026-03-01',
      expires: '2027-03-01T10:00:00Z',
    }),
  ];
  for (const text of [stringify({ expectations }), JSON.stringify({ expectations })]) {
    const read = readExpectationFile(text, nowMs);
    expect(read.faults).toEqual([]);
    expect(read.expectations).toEqual(expectations);
  }
  expect(
    new Ajv2020({ formats: { date: true, 'date-time': true } }).validate(expectationJsonSchema(), {
      expectations,
    }),
  ).toBe(true);
});

describe('what is wrong with a file is told by line:', () => {
  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    [
      'a key mistyped',
      { keys: '[aliases/training]' },
      '4: `training`: `keys[0]`: `aliases/training` is no alias',
    ],
    [
      'a bare key id',
      { keys: '[1234abcd-12ab-34cd-56ef-1234567890ab]' },
      "4: `training`: `keys[0]`: `1234abcd-12ab-34cd-56ef-1234567890ab` is a key's id; give its whole ARN",
    ],
    ['a key id that lacks a digit', { keys: `[${keyArn.slice(0, -1)}]` }, "ends in no key's id"],
    [
      'an account of eleven digits in a key',
      { keys: '[arn:aws:kms:us-east-1:11112222333:alias/x]' },
      'names the account `11112222333`, and an account id has 12 digits',
    ],
    [
      'an account of eleven digits',
      { keys: '["account:11112222333"]' },
      '`account:11112222333` is no account: an account id has 12 digits',
    ],
    ['the ARN of another service', { keys: '[arn:aws:s3:::bucket]' }, 'is not the ARN of a KMS key or alias'],
    ['a pattern of keys', { keys: '[alias/*]' }, 'has an asterisk'],
    [
      'an account as a number',
      { principals: '[111122223333]' },
      '5: `training`: `principals[0]`: `111122223333` must be text; put it in quotes.',
    ],
    [
      'an account without its word',
      { principals: '["111122223333"]' },
      'write account:111122223333 for all its principals',
    ],
    [
      'a session in place of a role',
      { principals: '[arn:aws:sts::111122223333:assumed-role/Trainer/SageMaker]' },
      'is a session; name the role itself',
    ],
    ['a role of no account', { principals: '[arn:aws:iam::1111:role/Trainer]' }, 'names the account `1111`'],
    [
      'a service without its word',
      { principals: '[s3.amazonaws.com]' },
      'is a service; write service:s3.amazonaws.com',
    ],
    [
      'an asterisk inside a role',
      { principals: '["arn:aws:iam::111122223333:role/Tr*"]' },
      'may have an asterisk only after its last slash',
    ],
    [
      'an organisation without accounts',
      { principals: '[{organisation: o-a1b2c3d4e5}]' },
      '`principals[0].accounts` is missing',
    ],
    [
      'an operation mistyped',
      { operations: '[Decrpyt]' },
      '6: `training`: `operations[0]`: `Decrpyt` is none; did you mean `Decrypt`?',
    ],
    ['an operation as IAM writes it', { operations: '["kms:Decrypt"]' }, 'is written `Decrypt` here'],
    [
      'a permission in place of an operation',
      { operations: '[ReEncryptFrom]' },
      'its operation is `ReEncrypt`',
    ],
    ['an operation that there is not', { operations: '[Explode]' }, 'is no operation of KMS'],
    ['a short word that is far from any', { operations: '[Six]' }, '`Six` is no operation of KMS'],
    [
      'operations that name no key',
      { operations: '[GenerateRandom, ListKeys]' },
      'it matches nothing: GenerateRandom and ListKeys names no key',
    ],
    [
      'a field mistyped',
      { principal: '[x]' },
      '9: `training`: `principal` is no field of an expectation; did you mean `principals`?',
    ],
    [
      'a condition mistyped',
      { only: '{network: [192.0.2.0/24]}' },
      '9: `training`: `only.network` is no field of an expectation; did you mean `networks`?',
    ],
    ['no owner', { owner: undefined }, '3: `training`: `owner` is missing.'],
    ['an owner not filled in', { owner: 'TODO' }, '7: `training`: `owner`: `TODO` is not filled in yet'],
    [
      'a reason not filled in',
      { reason: '"<TODO: why>"' },
      '8: `training`: `reason`: `<TODO: why>` is not filled in yet',
    ],
    ['an empty reason', { reason: '" "' }, 'is not filled in yet'],
    ['no key at all', { keys: '[]' }, '`keys`: `[]` is empty; name at least one'],
    ['a key twice', { keys: `[${keyArn}, ml, ${keyArn}]` }, '`keys[2]` says'],
    ['an address that is no network', { only: '{networks: [192.0.2.7]}' }, 'one address as 192.0.2.7/32'],
    [
      'a prefix too long',
      { only: '{networks: [192.0.2.0/33]}' },
      '9: `training`: `only.networks[0]`: `192.0.2.0/33` is no network: its prefix has at most 32 bits',
    ],
    [
      'an address out of range',
      { only: '{networks: [192.0.256.0/24]}' },
      'its address is not one of IPv4 or IPv6',
    ],
    ['every address', { only: '{networks: ["::/0"]}' }, 'matches every address'],
    [
      'a time of day mistyped',
      { only: '{times: [{from: 9:00, to: "17:00"}]}' },
      '`only.times[0].from`: `9:00` is no time of day',
    ],
    [
      'a time over midnight',
      { only: '{times: [{from: "22:00", to: "06:00"}]}' },
      '22:00 is not before 06:00',
    ],
    [
      'a day of the week mistyped',
      { only: '{times: [{days: [monday], from: "09:00", to: "17:00"}]}' },
      'must be one of mon, tue',
    ],
    ['no condition', { only: '{}' }, '`only` names no condition'],
    ['jobs: false', { only: '{jobs: false}' }, '`only.jobs`: `false` is true, or is left out'],
    [
      'a service through another',
      { principals: '[service:s3.amazonaws.com]', only: '{via: [ec2.amazonaws.com]}' },
      'it matches nothing: a service calls by itself',
    ],
    ['a day that is none', { expires: '2027-02-30' }, '`expires`: `2027-02-30` is no time in UTC'],
    ['a time without its zone', { from: '2026-01-01T00:00:00' }, 'is no time in UTC'],
    ['an end in the past', { expires: '2026-03-09' }, '9: `training`: `expires` 2026-03-09 is in the past'],
    [
      'an end before the beginning',
      { from: '2027-01-02', expires: '2027-01-01' },
      '`expires` 2027-01-01 is not after `from` 2027-01-02',
    ],
    ['an id with a space', { id: 'my training' }, '3: `my training`: `id`: `my training` is no id'],
    ['the id of AWS itself', { id: 'aws-infrastructure' }, 'is reserved for what AWS does by itself'],
  ])('%s', (_, fields, sentence) => {
    const faults = faultsIn(aFile(fields));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(sentence);
    expect(readExpectationFile(aFile(fields), nowMs).expectations).toEqual([]);
  });

  test.each([
    ['', '1: The file must be a map with a list under `expectations`.'],
    ['- id: x', '1: The file must be a map with a list under `expectations`.'],
    ['expectations: {}', '1: `expectations`: `{}` must be a list.'],
    ['\nexpectations: [\n', '3: The YAML cannot be read: '],
    ['expectations: []\nexpectations: []', '2: The YAML cannot be read: Map keys must be unique.'],
    ['expectations: []\nother: 1', '2: `other` is no field of the file; it has only `expectations`.'],
    ['expectations:\n  - 7', '2: An expectation without an id: `7` must be a map of fields.'],
  ])('%j', (text, sentence) => {
    expect(faultsIn(text)[0]).toContain(sentence);
  });

  test('all of it at once', () => {
    const faults = faultsIn(
      aFile({ keys: '[x]', operations: '[Foo]', owner: undefined, expires: '2020-01-01' }),
    );
    expect(faults.map((fault) => fault.slice(0, 2))).toEqual(['3:', '4:', '6:']);
  });

  test('aliases of YAML that would blow it up are refused', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(',')}]`,
    );
    expect(faultsIn(['l0: &l0 x', ...levels, 'expectations: *l9'].join('\n'))[0]).toContain('cannot be read');
  });
});

describe('what entries say beside each other:', () => {
  const told = (...expectations: object[]) => faultsIn(stringify({ expectations }));

  test('an id is taken once', () => {
    expect(told(anExpectation(), anExpectation({ keys: ['ml'] }))).toEqual([
      '11: `training`: the id `training` is taken by an earlier entry; choose another.',
    ]);
  });

  test('the same content is said once, in whatever order', () => {
    const keys = [keyArn, otherKeyArn];
    expect(
      told(anExpectation({ keys }), anExpectation({ id: 'again', keys: keys.toReversed() }))[0],
    ).toContain('`again`: it allows the same as `training`');
  });

  test('conditions that another entry makes void contradict it', () => {
    const bound = anExpectation({ id: 'bound', operations: ['Decrypt'], only: { jobs: true } });
    expect(told(bound, anExpectation({ keys: [otherKeyArn, keyArn] }))[0]).toContain(
      '`bound`: it contradicts `training`',
    );
    expect(told(bound, anExpectation({ operations: ['grant'] }))).toEqual([]);
    expect(told(bound, anExpectation({ expires: '2027-01-01' }))).toEqual([]);
    expect(told(bound, anExpectation({ from: '2026-01-01' }))).toEqual([]);
    expect(told(bound, anExpectation({ keys: [otherKeyArn] }))).toEqual([]);
    expect(told(bound, anExpectation({ principals: [`${roleArn}2`] }))).toEqual([]);
  });
});

test('what has ended since it was taken in may stay as it is', () => {
  const ended = anExpectation({ expires: '2026-03-01' });
  const text = stringify({ expectations: [ended] });
  const current = new Map([[ended.id, ended]]);
  expect(readExpectationFile(text, nowMs, current).faults).toEqual([]);
  const later = new Map([[ended.id, anExpectation({ expires: '2026-03-02' })]]);
  expect(readExpectationFile(text, nowMs, later).faults).toHaveLength(1);
});

test('the JSON Schema in the documents is that of this version', () => {
  // `node src/cli/main.ts expect schema` prints it.
  expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(expectationJsonSchema())),
  );
});

test('the example in the documents is true', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const read = readExpectationFile(example, nowMs);
  expect(read.faults).toEqual([]);
  expect(read.expectations.length).toBeGreaterThan(1);
});
