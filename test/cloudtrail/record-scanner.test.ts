import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordScanner, type RecordScannerOptions } from '../../src/cloudtrail/record-scanner.ts';
import { IS_SUSPECT, type RecordBounds, ROW } from '../../src/cloudtrail/scan-bounds.ts';
import { SimdBounds } from '../../src/cloudtrail/scan-bounds-simd.ts';
import { DEFAULT_SELECTION } from '../../src/cloudtrail/scan-selection.ts';
import { KeytrailError } from '../../src/keytrail-error.ts';
import { parseJson } from '../../src/text/parse-json.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { ScriptBounds } from './script-bounds.ts';

type Seen =
  | { kind: 'selected' | 'envelope' | 'unknown'; text: string; index: number; offset: number }
  | { kind: 'not-json' | 'not-a-record' | 'too-large'; text: string; index: number; offset: number };

interface Outcome {
  readonly seen: Seen[];
  readonly records: number;
  readonly skipped: number;
  readonly faults: number;
  readonly separatorFaults: number;
}

const engines: readonly { readonly name: string; bounds(): RecordBounds }[] = [
  { name: 'script', bounds: () => new ScriptBounds() },
  { name: 'SIMD', bounds: () => new SimdBounds() },
];

function scan(input: Uint8Array | string, sizes: readonly number[], options: RecordScannerOptions): Outcome {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const seen: Seen[] = [];
  const scanner = new RecordScanner(
    {
      onRecord: (kind, view, index, offset) =>
        seen.push({ kind, text: view.toString('latin1'), index, offset }),
      onFault: ({ code, bytes: view, index, offset }) =>
        seen.push({ kind: code, text: view.toString('latin1'), index, offset }),
    },
    options,
  );
  let at = 0;
  for (let chunk = 0; at < bytes.length; chunk += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[chunk % sizes.length] ?? 1);
    // A copy which is spoilt afterwards: a view into it must not be needed any more.
    const copy = new Uint8Array(bytes.subarray(at, at + size));
    scanner.push(copy);
    copy.fill(0x7b);
    at += size;
  }
  scanner.end();
  const { records, skipped, faults, separatorFaults } = scanner;
  return { seen, records, skipped, faults, separatorFaults };
}

/** What a reader that parses everything would hand out of the elements of a file. */
function byParsing(elements: readonly unknown[]): { kind: string; value: unknown; index: number }[] {
  return elements.flatMap((value, index) => {
    const kind = kindByParsing(value);
    return kind === 'skipped' || kind === 'selected or skipped' ? [] : [{ kind, value, index }];
  });
}

function kindByParsing(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not-a-record';
  const members = new Map<string, unknown>(Object.entries(value));
  if (!members.has('eventSource')) {
    return ['detail', 'detail-type', 'CloudTrailEvent'].some((name) => members.has(name))
      ? 'envelope'
      : 'unknown';
  }
  const source = members.get('eventSource');
  if (typeof source !== 'string') return 'unknown';
  // Real domains of partitions only; what the generator makes up is none of them.
  const [, name = '', domain] =
    /^(.+?)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu)$/s.exec(source) ?? [];
  if (domain === undefined || (domain !== 'amazonaws.com' && !/^[a-z0-9.-]+$/.test(name))) return 'unknown';
  const selected = DEFAULT_SELECTION.get(`${name}.amazonaws.com`);
  if (selected === undefined) return 'skipped';
  if (selected === 'every') return 'selected';
  const names = 'names' in selected ? selected.names : selected;
  const eventName = members.get('eventName');
  if (typeof eventName !== 'string' || !names.has(eventName)) return 'skipped';
  return !('names' in selected) || JSON.stringify(value).includes(selected.containing)
    ? 'selected'
    : 'selected or skipped';
}

function elementsOf(file: unknown): readonly unknown[] {
  if (Array.isArray(file)) return file;
  if (typeof file === 'object' && file !== null) {
    for (const name of ['Records', 'Events']) {
      const records: unknown = Object.hasOwn(file, name) ? Reflect.get(file, name) : undefined;
      if (Array.isArray(records)) return records;
    }
  }
  return [file];
}

function parsed(outcome: Outcome): { kind: string; value: unknown; index: number }[] {
  return outcome.seen.map(({ kind, text, index }) => ({
    kind,
    value: parseJson(Buffer.from(text, 'latin1').toString()),
    index,
  }));
}

/** A record whose text is looked for may have it in a member that another of its name hides, or in an escape. */
function agrees(outcome: Outcome, elements: readonly unknown[]): void {
  const isEither = ({ index }: { readonly index: number }): boolean =>
    kindByParsing(elements[index]) === 'selected or skipped';
  const found = parsed(outcome);
  expect(found.filter((one) => !isEither(one))).toEqual(byParsing(elements));
  const either = found.filter(isEither);
  for (const { kind, value, index } of either) {
    expect([kind, value]).toEqual(['selected', elements[index]]);
  }
  const kinds = elements.map(kindByParsing).filter((kind) => kind !== 'not-a-record');
  expect(outcome.records).toBe(kinds.length);
  expect(outcome.skipped).toBe(
    kinds.filter((kind) => kind === 'skipped' || kind === 'selected or skipped').length - either.length,
  );
}

const kms = (id: number): string => `{"eventSource":"kms.amazonaws.com","id":${id}}`;
const ec2 = (id: number): string => `{"eventSource":"ec2.amazonaws.com","id":${id}}`;

describe.each(engines)('RecordScanner ($name)', ({ bounds }) => {
  const run = (
    input: Uint8Array | string,
    sizes: readonly number[] = [],
    maximumRecordBytes?: number,
  ): Outcome =>
    scan(input, sizes, {
      bounds: bounds(),
      ...(maximumRecordBytes === undefined ? {} : { maximumRecordBytes }),
    });
  const kindsAndTexts = (input: string, maximumRecordBytes?: number): [string, string][] => {
    const whole = run(input, [], maximumRecordBytes);
    for (const sizes of [[1], [2, 3], [7], [64]]) {
      expect(run(input, sizes, maximumRecordBytes)).toEqual(whole);
    }
    return whole.seen.map(({ kind, text }) => [kind, Buffer.from(text, 'latin1').toString()]);
  };

  it.each<[string, string, number[]]>([
    ['a log file', `{"Records":[${kms(1)},${ec2(2)},${kms(3)}]}`, [1, 3]],
    ['a log file with whitespace', ` {\n "Records" :\t[\r\n ${kms(1)} ,\n ${kms(2)}\n ]\n}\n`, [1, 2]],
    ['an empty log file', '{"Records":[]}', []],
    ['no bytes at all', '', []],
    ['only whitespace', ' \n', []],
    ['a file with a byte order mark', `\u{feff}{"Records":[${kms(1)}]}`, [1]],
    ['lines with a byte order mark', `\u{feff}${kms(1)}\n${kms(2)}`, [1, 2]],
    [
      'members before and after the records',
      `{"a":{"Records":[1]},"b":[[{}],"]}"],"c":"\\"Records\\":[","d":null,"Records":[${kms(1)}],"e":{"f":[]}}`,
      [1],
    ],
    ['what LookupEvents gave', `{"NextToken":"x","Events":[${kms(1)},${kms(2)}]}`, [1, 2]],
    ['an escaped name of the container', `{"\\u0052ecord\\u0073":[${kms(1)}]}`, [1]],
    [
      'a container with the members of a record',
      `{"eventSource":"kms.amazonaws.com","Records":[${kms(1)}]}`,
      [1],
    ],
    [
      'containers one after another',
      `{"Records":[${kms(1)}]}{"Records":[${kms(2)}]}\n[${kms(3)}]`,
      [1, 2, 3],
    ],
    ['a bare array', `[${kms(1)},${ec2(2)},${kms(3)}]`, [1, 3]],
    ['lines', `${kms(1)}\n${ec2(2)}\n${kms(3)}\n`, [1, 3]],
    ['lines ended by carriage return and line feed', `${kms(1)}\r\n${ec2(2)}\r\n${kms(3)}`, [1, 3]],
    ['objects with nothing in between', `${kms(1)}${kms(2)}${ec2(3)}${kms(4)}`, [1, 2, 4]],
    [
      'lines with a container between records',
      `${kms(1)}\n${kms(2)}\n{"Records":[${kms(3)}]}\n${kms(4)}`,
      [1, 2, 3, 4],
    ],
    ['a container in lines behind an escaped name', `${kms(1)}\n{"Record\\u0073":[${kms(3)}]}`, [1, 3]],
    [
      'indented records in a row',
      `{\n  "eventSource": "kms.amazonaws.com",\n  "id": 1\n}\n{\n  "eventSource": "kms.amazonaws.com",\n  "id": 2\n}`,
      [1, 2],
    ],
    ['a single record', kms(1), [1]],
    ['commas between lines', `${kms(1)},\n${kms(2)},\n`, [1, 2]],
    ['a missing comma', `[${kms(1)} ${kms(2)}${kms(3)}]`, [1, 2, 3]],
    ['commas too many', `[,${kms(1)},,${kms(2)},]`, [1, 2]],
  ])('reads %s', (_, input, ids) => {
    const outcome = kindsAndTexts(input);
    expect(outcome.map(([kind, text]) => [kind, (JSON.parse(text) as { id: number }).id])).toEqual(
      ids.map((id) => ['selected', id]),
    );
  });

  it.each<[string, string | undefined, string]>([
    ['a KMS record', 'selected', '{"eventSource":"kms.amazonaws.com"}'],
    ['a SageMaker record', 'selected', '{"eventSource":"sagemaker.amazonaws.com"}'],
    ['another record', undefined, '{"eventSource":"s3.amazonaws.com"}'],
    ['a source of another partition', 'selected', '{"eventSource":"kms.amazonaws.com.cn"}'],
    ['a source of an isolated partition', 'selected', '{"eventSource":"kms.c2s.ic.gov"}'],
    ['another source of another partition', undefined, '{"eventSource":"ec2.amazonaws.eu"}'],
    ['a longer source', 'unknown', '{"eventSource":"kms.amazonaws.com.example"}'],
    ['a shorter source', 'unknown', '{"eventSource":"kms.amazonaws.co"}'],
    ['a domain alone', 'unknown', '{"eventSource":".amazonaws.com"}'],
    ['an empty source', 'unknown', '{"eventSource":""}'],
    ["a source of Lambda's events", 'unknown', '{"eventSource":"aws:sqs"}'],
    ['a source of a tool', 'unknown', '{"eventSource":"my-forwarder","message":"{}"}'],
    ['a trail change', 'selected', '{"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}'],
    [
      'a trail change, name first',
      'selected',
      '{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com"}',
    ],
    [
      'a trail question',
      undefined,
      '{"eventSource":"cloudtrail.amazonaws.com","eventName":"DescribeTrails"}',
    ],
    ['a nameless trail call', undefined, '{"eventSource":"cloudtrail.amazonaws.com"}'],
    [
      'a nested trail name',
      undefined,
      '{"eventSource":"cloudtrail.amazonaws.com","a":{"eventName":"StopLogging"}}',
    ],
    ['a rule change', 'selected', '{"eventSource":"events.amazonaws.com","eventName":"DisableRule"}'],
    [
      'an escaped rule change',
      'selected',
      '{"eventSource":"events.amazonaws.com","eventName":"Disable\\u0052ule"}',
    ],
    [
      'a role taken on by SageMaker',
      'selected',
      '{"userIdentity":{"invokedBy":"sagemaker.amazonaws.com"},"eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}',
    ],
    ['a role taken on by another', undefined, '{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}'],
    [
      'a role taken on by another, an escape aside',
      'selected',
      '{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","a":"\\u0073agemaker"}',
    ],
    [
      'a role taken on by another, a backslash before a u aside',
      undefined,
      '{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","a":"\\\\u0073agemaker"}',
    ],
    [
      'another question about SageMaker',
      undefined,
      '{"eventSource":"sts.amazonaws.com","eventName":"GetCallerIdentity","a":"sagemaker"}',
    ],
    [
      'a log stream of a job',
      'selected',
      '{"eventSource":"logs.amazonaws.com","eventName":"CreateLogStream","a":"/aws/sagemaker/TrainingJobs"}',
    ],
    [
      'a log stream of another, beside SageMaker',
      undefined,
      '{"eventSource":"logs.amazonaws.com","eventName":"CreateLogStream","a":"/aws/lambda/x"}',
    ],
    ['an escaped source', 'selected', '{"eventSource":"kms\\u002eamazonaws.com"}'],
    ['an escaped source of another', undefined, '{"eventSource":"km\\u0074.amazonaws.com"}'],
    ['an escaped source of none', 'unknown', '{"eventSource":"kms\\u002famazonaws.com"}'],
    ['an escaped name', 'selected', '{"event\\u0053ource":"kms.amazonaws.com"}'],
    ['a name that ends in a backslash', 'unknown', '{"eventSource\\\\":"kms.amazonaws.com"}'],
    ['a source with a broken escape', 'unknown', '{"eventSource":"kms\\u002eamazonaws.com","eventSource":3}'],
    ['whitespace around the colon', 'selected', '{ "eventSource" :\n\t"kms.amazonaws.com" }'],
    ['the source last', 'selected', '{"a":{"b":[1,{"c":"}"}]},"eventSource":"kms.amazonaws.com"}'],
    [
      'two sources, the last KMS',
      'selected',
      '{"eventSource":"ec2.amazonaws.com","eventSource":"kms.amazonaws.com"}',
    ],
    [
      'two sources, the first KMS',
      undefined,
      '{"eventSource":"kms.amazonaws.com","eventSource":"ec2.amazonaws.com"}',
    ],
    [
      'two sources, the last escaped',
      undefined,
      '{"eventSource":"kms.amazonaws.com","event\\u0053ource":"ec2.amazonaws.com"}',
    ],
    ['a nested source only', 'unknown', '{"requestParameters":{"eventSource":"kms.amazonaws.com"}}'],
    [
      'a nested source after another',
      undefined,
      '{"eventSource":"ec2.amazonaws.com","a":{"eventSource":"kms.amazonaws.com"}}',
    ],
    [
      'a nested source before KMS',
      'selected',
      '{"a":[{"eventSource":"ec2.amazonaws.com"}],"eventSource":"kms.amazonaws.com"}',
    ],
    ['the name as a value', 'unknown', '{"a":"eventSource","b":"kms.amazonaws.com"}'],
    [
      'the name as a value after a source',
      'selected',
      '{"eventSource":"kms.amazonaws.com","a":"eventSource"}',
    ],
    [
      'the name within a string',
      undefined,
      '{"eventSource":"ec2.amazonaws.com","a":"\\"eventSource\\":\\"kms.amazonaws.com\\""}',
    ],
    ['a source that is null', 'unknown', '{"eventSource":null}'],
    [
      'a source that is an object',
      'unknown',
      '{"eventSource":{"eventSource":"kms.amazonaws.com"},"detail":1}',
    ],
    ['an envelope', 'envelope', '{"version":"0","detail":{"eventSource":"kms.amazonaws.com"}}'],
    ['an envelope by its type', 'envelope', '{"detail-type":"AWS API Call via CloudTrail"}'],
    [
      'an element of LookupEvents',
      'envelope',
      '{"EventId":"x","CloudTrailEvent":"{\\"eventSource\\":\\"kms.amazonaws.com\\"}"}',
    ],
    [
      'an Insights event',
      'unknown',
      '{"eventType":"AwsCloudTrailInsight","insightDetails":{"eventSource":"kms.amazonaws.com"}}',
    ],
    ['an empty object', 'unknown', '{}'],
    ['records of another kind', 'unknown', '{"Records":null,"a":{"Records":[{}]}}'],
    ['a container name in other letters', 'unknown', '{"records":[{}],"Recordss":[{}],"Event":[{}]}'],
    [
      'a string of many brackets',
      'selected',
      '{"a":"}]{[\\\\","eventSource":"kms.amazonaws.com","b":"\\\\\\"}"}',
    ],
  ])('classifies %s', (_, kind, record) => {
    const expected = kind === undefined ? [] : [[kind, record]];
    expect(kindsAndTexts(record)).toEqual(expected);
    expect(kindsAndTexts(`[${record}]`)).toEqual(expected);
    expect(kindsAndTexts(`{"Records":[${ec2(1)},${record},${ec2(2)}]}`)).toEqual(expected);
    expect(kindsAndTexts(`${ec2(1)}\n${record}\n${ec2(2)}`)).toEqual(expected);
  });

  it('gives numbers and offsets in the file', () => {
    const { seen } = run(`\u{feff}{"Records":[${ec2(0)}, 5,${kms(2)}]}`);
    expect(seen.map(({ kind, index, offset }) => [kind, index, offset])).toEqual([
      ['not-a-record', 1, 59],
      ['selected', 2, 61],
    ]);
  });

  it('takes another selection', () => {
    const selection = new Map<string, 'every' | ReadonlySet<string>>([['ec2.amazonaws.com', 'every']]);
    const outcome = scan(`[${ec2(1)},${kms(2)}]`, [], { bounds: bounds(), selection });
    expect(outcome.seen.map(({ text }) => text)).toEqual([ec2(1)]);
    expect(() => scan('', [], { selection: new Map([['a"b', 'every']]) })).toThrow(KeytrailError);
  });

  it.each<[string, string, [string, string][]]>([
    [
      'elements that are no objects',
      `[1,"a,]{",null,[${kms(1)},[]],-2.5e3, ${kms(2)} ,true]`,
      [
        ['not-a-record', '1'],
        ['not-a-record', '"a,]{"'],
        ['not-a-record', 'null'],
        ['not-a-record', `[${kms(1)},[]]`],
        ['not-a-record', '-2.5e3'],
        ['selected', kms(2)],
        ['not-a-record', 'true'],
      ],
    ],
    [
      'lines that are no objects',
      `5\n${kms(1)}\n"x"\nnull\n`,
      [
        ['not-a-record', '5'],
        ['selected', kms(1)],
        ['not-a-record', '"x"'],
        ['not-a-record', 'null'],
      ],
    ],
  ])('reports %s', (_, input, expected) => {
    expect(kindsAndTexts(input)).toEqual(expected);
  });

  it.each<[string, string, [string, string][]]>([
    [
      'garbage in an array',
      `[${kms(1)}, junk ${kms(2)}, x:y, ${kms(3)}]`,
      [
        ['selected', kms(1)],
        ['not-json', 'junk'],
        ['selected', kms(2)],
        ['not-json', 'x:y'],
        ['selected', kms(3)],
      ],
    ],
    [
      'a broken line',
      `${kms(1)}\n{"eventSource":"kms.amaz\n${kms(2)}\n`,
      [
        ['selected', kms(1)],
        ['not-json', '{"eventSource":"kms.amaz'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a broken first line',
      `{"eventSource":"kms.amaz\n${kms(2)}\n`,
      [
        ['not-json', '{"eventSource":"kms.amaz'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a line without its end',
      `${kms(1)}\n{"a":{"b":1}\n${kms(2)}\n`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":{"b":1}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a line that ends after a colon',
      `{"a":\n${kms(1)}\n${kms(2)}`,
      [
        ['not-json', '{"a":'],
        ['selected', kms(1)],
        ['selected', kms(2)],
      ],
    ],
    [
      'a line that ends after a colon, last but one',
      `${kms(1)}\n{"a":\n${kms(2)}`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a line that is no JSON inside',
      `${kms(1)}\n{"a":1,,}\n${kms(2)}`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":1,,}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a line of something else',
      `${kms(1)}\nERROR: {oops}\n${kms(2)}`,
      [
        ['selected', kms(1)],
        ['not-json', 'ERROR: {oops}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a file that ends in a record',
      `{"Records":[${kms(1)},{"eventSource":"kms.am`,
      [
        ['selected', kms(1)],
        ['not-json', '{"eventSource":"kms.am'],
      ],
    ],
    [
      'a file that ends between records',
      `{"Records":[${kms(1)},`,
      [
        ['selected', kms(1)],
        ['not-json', ''],
      ],
    ],
    [
      'a file that ends after its records',
      `{"Records":[${kms(1)}]`,
      [
        ['selected', kms(1)],
        ['not-json', ''],
      ],
    ],
    [
      'an array that does not end',
      `[${kms(1)}`,
      [
        ['selected', kms(1)],
        ['not-json', ''],
      ],
    ],
    [
      'a line that ends in a record',
      `${kms(1)}\n{"a":[`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":['],
      ],
    ],
    [
      'a record without its closing quote',
      `{"Records":[{"eventVersion":"1,"a":"b"},{"eventVersion":"1","eventSource":"kms.amazonaws.com"}]}`,
      [
        ['not-json', '{"eventVersion":"1,"a":"b"}'],
        ['selected', '{"eventVersion":"1","eventSource":"kms.amazonaws.com"}'],
      ],
    ],
    [
      'a record whose last quote is missing',
      `{"Records":[{"eventVersion":"1","a":"b},{"eventVersion":"1","eventSource":"kms.amazonaws.com"}]}`,
      [
        ['not-json', '{"eventVersion":"1","a":"b}'],
        ['selected', '{"eventVersion":"1","eventSource":"kms.amazonaws.com"}'],
      ],
    ],
    [
      'a record without its closing bracket',
      `[{"id":0,"eventSource":"ec2.amazonaws.com","a":{"b":1},{"id":1,"eventSource":"kms.amazonaws.com"}]`,
      [
        ['not-json', '{"id":0,"eventSource":"ec2.amazonaws.com","a":{"b":1}'],
        ['selected', '{"id":1,"eventSource":"kms.amazonaws.com"}'],
      ],
    ],
    [
      'a last record without its closing bracket',
      `{"Records":[${kms(1)},{"a":2]}`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":2'],
      ],
    ],
    [
      'a record closed twice',
      `[{"id":1}},${kms(2)}]`,
      [
        ['unknown', '{"id":1}'],
        ['not-json', '}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'records that two missing quotes would hide',
      `[{"eventVersion":1,"eventSource":"ec2.amazonaws.com","a":"b},{"eventVersion":1,"eventSource":"kms.amazonaws.com"},{"eventVersion":1,"eventSource":"ec2.amazonaws.com","a":b"}]`,
      [
        ['not-json', '{"eventVersion":1,"eventSource":"ec2.amazonaws.com","a":"b}'],
        ['selected', '{"eventVersion":1,"eventSource":"kms.amazonaws.com"}'],
        ['not-json', '{"eventVersion":1,"eventSource":"ec2.amazonaws.com","a":b"}]'],
      ],
    ],
    [
      'records that brackets out of step would hide',
      `[{"id":0,"eventSource":"ec2.amazonaws.com","a":{"b":1},{"id":1,"eventSource":"kms.amazonaws.com"},{"id":2}},${kms(3)}]`,
      [
        ['not-json', '{"id":0,"eventSource":"ec2.amazonaws.com","a":{"b":1}'],
        ['selected', '{"id":1,"eventSource":"kms.amazonaws.com"}'],
        ['unknown', '{"id":2}'],
        ['not-json', '}'],
        ['selected', kms(3)],
      ],
    ],
    [
      'a container that is not closed before the next',
      `{"Records":[${kms(1)}]\n{"Records":[${kms(2)}]}`,
      [
        ['selected', kms(1)],
        ['not-json', ''],
        ['selected', kms(2)],
      ],
    ],
    [
      'a broken name of the container',
      `{"Rec\\ords":[{"eventVersion":1,"eventSource":"kms.amazonaws.com"},{"eventVersion":2}]}`,
      [
        ['not-json', '{"Rec\\ords":['],
        ['selected', '{"eventVersion":1,"eventSource":"kms.amazonaws.com"}'],
        ['unknown', '{"eventVersion":2}'],
        ['not-json', ']}'],
      ],
    ],
    [
      'a bracket in an array, as if it ended',
      `{"Records":[${kms(1)}],${kms(2)},${kms(3)}]}`,
      [
        ['selected', kms(1)],
        ['not-json', ''],
        ['selected', kms(2)],
        ['selected', kms(3)],
      ],
    ],
    [
      'a bracket in a record',
      `{"Records":[${ec2(0)},{"a":]"b","c":{"d":1}},${kms(2)}]}`,
      [
        ['not-json', '{"a":]"b","c":{"d":1}}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a record that a bracket ends too early',
      `[{"a":{"b":1}},"c":{"d":{"e":1}},"f":[{"g":1}],"h":"}"},${kms(2)}]`,
      [
        ['unknown', '{"a":{"b":1}}'],
        ['not-a-record', '"c"'],
        ['not-json', ':{"d":{"e":1}},"f":[{"g":1}],"h":"}"}'],
        ['selected', kms(2)],
      ],
    ],
    [
      'a backslash outside strings',
      `[${kms(1)},{"a":1,\\"b":"{"},${kms(2)},{"c":\\},${kms(3)}]`,
      [
        ['selected', kms(1)],
        ['not-json', '{"a":1,\\"b":"{"}'],
        ['selected', kms(2)],
        ['not-json', '{"c":\\}'],
        ['selected', kms(3)],
      ],
    ],
    ['a byte order mark cut short', '\u00ef', [['not-json', '\u00ef']]],
  ])('goes on after %s', (_, input, expected) => {
    expect(kindsAndTexts(input)).toEqual(expected);
  });

  it('reports a record that is too large by its start, and goes on', () => {
    const large = `{"a":"${'x'.repeat(100)}"}`;
    const start = large.slice(0, 60);
    expect(kindsAndTexts(`[${kms(1)},${large},${kms(2)}]`, 60)).toEqual([
      ['selected', kms(1)],
      ['too-large', start],
      ['selected', kms(2)],
    ]);
    expect(kindsAndTexts(`${kms(1)}\n${large}\n${kms(2)}`, 60)).toEqual([
      ['selected', kms(1)],
      ['too-large', start],
      ['selected', kms(2)],
    ]);
    expect(kindsAndTexts(`[${kms(1)},${large.slice(0, -1)}`, 60)).toEqual([
      ['selected', kms(1)],
      ['too-large', start],
    ]);
    expect(kindsAndTexts(`{"a":"${'x'.repeat(100)}","Records":[${kms(1)}]}`, 60)).toEqual([
      ['too-large', start],
      ['selected', kms(1)],
    ]);
    expect(kindsAndTexts(`[{"id":1,"a":"b},${'{"b":"c"},'.repeat(20)}{"id":3}]`, 60)[1]).toEqual([
      'unknown',
      '{"id":3}',
    ]);
    expect(kindsAndTexts(`[x${'y'.repeat(80)},${kms(2)}]`, 60)).toEqual([
      ['too-large', `x${'y'.repeat(59)}`],
      ['selected', kms(2)],
    ]);
    expect(kindsAndTexts(`[{"a":"${'x'.repeat(52)}"},${kms(2)}]`, 60).map(([kind]) => kind)).toEqual([
      'unknown',
      'selected',
    ]);
  });

  it('holds no more than a record and a chunk', () => {
    const seen: string[] = [];
    const scanner = new RecordScanner(
      {
        onRecord: (kind) => seen.push(kind),
        onFault: ({ code, bytes }) => seen.push(`${code} ${bytes.length}`),
      },
      { bounds: bounds(), maximumRecordBytes: 100_000 },
    );
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    scanner.push(Buffer.from(`{"Records":[${kms(1)},{"a":"`));
    const filling = Buffer.alloc(50_000, 'x');
    for (let chunk = 0; chunk < 2000; chunk += 1) {
      scanner.push(filling);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    scanner.push(Buffer.from(`"},${kms(2)}]}`));
    scanner.end();
    expect(seen).toEqual(['selected', 'too-large 100000', 'selected']);
    expect(most).toBeLessThan(20_000_000);
  });

  it('reads 20,000 levels of nesting and a string of 10 MB', () => {
    const deep = `{"a":${'[{"b":'.repeat(10_000)}1${'}]'.repeat(10_000)},"eventSource":"kms.amazonaws.com"}`;
    const long = `{"a":"${'x\\"{'.repeat(2_500_000)}","eventSource":"kms.amazonaws.com"}`;
    for (const sizes of [[], [65_536]]) {
      const { seen } = run(`{"Records":[${deep},${long},${kms(1)}]}`, sizes);
      expect(seen.map(({ text }) => text.length)).toEqual([deep.length, long.length, kms(1).length]);
      expect(run(`${deep}\n${long}\n${kms(1)}`, sizes).seen).toHaveLength(3);
    }
  });

  it.each([
    ['objects that never close', `[${'{"a":\n'.repeat(300_000)}`],
    ['lines that never close', '{"a":\n'.repeat(300_000)],
    ['records that break at once', `[${'{"eventVersion":1,"a":"b},'.repeat(100_000)}]`],
    [
      'records that break, far from their start',
      `[${`{"eventVersion":${'[{"eventVersion":'.repeat(1000)}!`.repeat(50)}]`,
    ],
    ['numbers between records', `[${'{},1,'.repeat(200_000)}]`],
    ['escapes in every line', '{"\\u0061":1}\n'.repeat(100_000)],
    ['containers between lines', '{"a":1}\n{"Records":[]}\n'.repeat(50_000)],
    ['open brackets', '['.repeat(500_000)],
    ['quotes', '"'.repeat(500_000)],
    ['records of nothing but names', `[${'{"eventSource"'.repeat(100_000)}`],
  ])('takes its time in proportion to %s', (_, input) => {
    const before = process.cpuUsage();
    run(input);
    run(input, [1000]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });

  it('sees in any sound file what a parser sees, in any chunks', () => {
    fc.assert(
      fc.property(aFile(), someSizes(), ({ text, values }, sizes) => {
        const whole = run(text);
        agrees(whole, values);
        expect(whole.separatorFaults).toBe(0);
        expect(run(text, sizes)).toEqual(whole);
        expect(run(text, [1])).toEqual(whole);
      }),
      { numRuns: fuzzRuns(150) },
    );
  });

  it('neither throws nor loops on a damaged file, and sees the same in any chunks', () => {
    fc.assert(
      fc.property(
        aFile(),
        fc.array(aMutation(), { minLength: 1, maxLength: 4 }),
        someSizes(),
        (file, mutations, sizes) => {
          const bytes = mutations.reduce(mutate, Buffer.from(file.text));
          const whole = run(bytes, [], 300);
          expect(run(bytes, sizes, 300)).toEqual(whole);
          const ample = run(bytes);
          expect(run(bytes, sizes)).toEqual(ample);
          const text = bytes.toString();
          let value: unknown;
          try {
            value = parseJson(text.replace(/^\u{feff}/u, ''));
          } catch {
            return;
          }
          // Of two arrays of records a parser keeps one.
          if ((text.match(/"(Records|Events)"|\\u/g) ?? []).length > 1 || !text.isWellFormed()) return;
          if (bytes.equals(Buffer.from(text))) agrees(ample, elementsOf(value));
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  const folder = new URL('../../../shared/data/log-files/', import.meta.url);
  const isThere = existsSync(folder);
  if (!isThere) console.warn('No real log files beside the project: the test with them is skipped.');
  it.skipIf(!isThere)('sees in every real log file what a parser sees', () => {
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const bytes = readFileSync(new URL(name, folder));
      const elements = elementsOf(parseJson(bytes.toString()));
      agrees(run(bytes), elements);
      agrees(run(bytes, [4096, 100, 65_536]), elements);
      agrees(run(elements.map((element) => JSON.stringify(element)).join('\n')), elements);
      agrees(run(JSON.stringify({ Records: elements }, undefined, 2)), elements);
    }
  });
});

describe('SimdBounds', () => {
  const rowsOf = (bounds: RecordBounds, bytes: Uint8Array): number[][] => {
    const found: number[][] = [];
    bounds.open(bytes);
    let at = 0;
    for (let count = bounds.next(at); count > 0; count = bounds.next(at)) {
      for (let row = 0; row < count; row += 1)
        found.push([...bounds.rows.subarray(ROW * row, ROW * (row + 1))]);
      at = found.at(-1)?.[1] ?? 0;
    }
    bounds.close();
    return found;
  };

  it('finds in a megabyte of records of all sizes what the script finds', () => {
    const texts = fc.sample(aRecordText(), 200);
    const spaces = fc.sample(space(), 50);
    const parts: string[] = [];
    let length = 0;
    for (let number = 0; length < 1_000_000; number += 1) {
      const [text, gap] = [texts[(number * 7) % 200] ?? '', spaces[number % 50] ?? ''];
      const part = `${number % 3 === 0 ? gap : ''}${text}${number % 5 === 0 ? gap : ''}${number % 2 === 0 ? ',' : '\n'}`;
      parts.push(part);
      length += part.length;
    }
    parts.push(`{"a":"${'b'.repeat(130_000)}","eventSource":"c"}`);
    const bytes = Buffer.from(parts.join(''));
    const rows = rowsOf(new ScriptBounds(), bytes);
    expect(rows).toHaveLength(parts.length);
    expect(rowsOf(new SimdBounds(), bytes).slice(0, rows.length - 1)).toEqual(rows.slice(0, -1));
  });

  it('finds in damaged records what the script finds, or leaves them', () => {
    fc.assert(
      fc.property(
        fc.array(aRecordText(), { minLength: 1 }),
        fc.array(aMutation(), { maxLength: 3 }),
        (texts, mutations) => {
          const bytes = mutations.reduce(mutate, Buffer.from(texts.join(',')));
          const isSuspect = (row: readonly number[]): boolean => ((row[3] ?? 0) & IS_SUSPECT) !== 0;
          // Behind a suspect record the two may differ in where they think strings are.
          const upToSuspect = (rows: number[][]): number[][] =>
            rows.some(isSuspect) ? rows.slice(0, rows.findIndex(isSuspect)) : rows;
          const script = rowsOf(new ScriptBounds(), bytes);
          const simd = rowsOf(new SimdBounds(), bytes);
          expect(upToSuspect(simd)).toEqual(upToSuspect(script));
        },
      ),
      { numRuns: fuzzRuns(400) },
    );
  });

  it('bounds a record of any length alone as the script does', () => {
    const long = `{"a":"${'b'.repeat(300_000)}","eventSource":"c\\u0041"}`;
    for (const text of [...fc.sample(aRecordText(), 100), long]) {
      const bytes = Buffer.from(`,${text},{"next":1}`);
      const [script, simd] = [new ScriptBounds(), new SimdBounds()].map((bounds) => {
        bounds.open(bytes);
        const isFound = bounds.one(1, bytes.length - ',{"next":1}'.length);
        const row = [...bounds.rows.subarray(0, ROW)];
        const isCutFound = bounds.one(1, bytes.length - ',{"next":1}'.length - 1);
        bounds.close();
        return { isFound, row, isCutFound };
      });
      expect(simd).toEqual(script);
      expect(simd).toMatchObject({ isFound: true, isCutFound: false });
    }
  });

  it('serves scanners that run inside each other', () => {
    const ids: number[] = [];
    const nested = (text: string, depth: number): void => {
      const scanner = new RecordScanner({
        onRecord: (_, bytes) => {
          ids.push((JSON.parse(bytes.toString()) as { id: number }).id);
          if (depth < 3) nested(text, depth + 1);
        },
        onFault: ({ reason }) => expect.fail(reason),
      });
      scanner.push(Buffer.from(text));
      scanner.end();
    };
    nested(`[${kms(1)},${ec2(0)},${kms(2)}]`, 1);
    expect(ids).toEqual([1, 1, 1, 2, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2]);
  });
});

// Generators: texts together with the values that a parser makes of them.

interface Text {
  readonly text: string;
}

interface TextFile extends Text {
  readonly values: readonly unknown[];
}

function someSizes(): fc.Arbitrary<number[]> {
  return fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })), {
    minLength: 1,
    maxLength: 6,
  });
}

const space = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.stringMatching(/^[ \n\r\t]{1,3}$/) },
  );

const aString = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      'kms.amazonaws.com',
      'sagemaker.amazonaws.com',
      'cloudtrail.amazonaws.com',
      'ec2.amazonaws.com',
      'sts.amazonaws.com',
      'AssumeRole',
      'sagemaker',
      'StopLogging',
      'DescribeTrails',
      'eventSource',
      'Records',
      '}]',
      '{"eventSource":"kms.amazonaws.com"}',
      '\\',
      '"',
      '\\"',
      '\u{1f511}é\u{2028}',
      '\n',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ minLength: 20, maxLength: 90 }),
  );

/** A string as JSON writes it, in one of the ways it may. */
const written = (value: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.array(fc.boolean(), { minLength: value.length, maxLength: value.length }).map(
        (escapes) =>
          `"${Array.from({ length: value.length }, (_, at) => {
            const unit = value.charCodeAt(at);
            const isPlain =
              unit >= 0x20 && unit !== 0x22 && unit !== 0x5c && (unit < 0xd800 || unit > 0xdfff);
            return isPlain && !escapes[at] ? value.charAt(at) : `\\u${unit.toString(16).padStart(4, '0')}`;
          }).join('')}"`,
      ),
    },
  );

const aName = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'eventSource',
        'eventSource',
        'eventName',
        'detail',
        'detail-type',
        'CloudTrailEvent',
        'eventVersion',
        'eventsSource',
        'eventSourc',
      ),
    },
    { weight: 2, arbitrary: aString().filter((name) => name !== 'Records' && name !== 'Events') },
  );

const aStringText = (): fc.Arbitrary<string> => aString().chain(written);

const members = (value: fc.Arbitrary<string>, minLength: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc
        .tuple(space(), aName().chain(written), space(), space(), value, space())
        .map(([a, name, b, c, text, d]) => `${a}${name}${b}:${c}${text}${d}`),
      { minLength, maxLength: 7 },
    )
    .map((texts) => `{${texts.join(',')}}`);

const { aValueText } = fc.letrec<{ aValueText: string }>((tie) => ({
  aValueText: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    aStringText(),
    fc.constantFrom('null', 'true', 'false', '0', '-1.5e+3', '12', '{}', '[]', '[ ]'),
    fc
      .array(fc.tuple(space(), tie('aValueText'), space()), { maxLength: 4 })
      .map((parts) => `[${parts.map((part) => part.join('')).join(',')}]`),
    members(tie('aValueText'), 0),
  ),
}));

const aRecordText = (): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: members(aValueText, 1) }, { weight: 1, arbitrary: fc.constant('{}') });

function aFile(): fc.Arbitrary<TextFile> {
  const spaced = fc.tuple(space(), aRecordText(), space()).map((parts) => parts.join(''));
  const elements = fc.array(
    fc.oneof({ weight: 8, arbitrary: spaced }, { weight: 1, arbitrary: aValueText }),
    { maxLength: 8 },
  );
  const records = fc.array(spaced, { maxLength: 8 });
  const inContainer = fc
    .tuple(
      fc.array(members(aValueText, 0), { maxLength: 2 }),
      fc.constantFrom('"Records"', '"Events"', '"\\u0052ecords"'),
      space(),
      space(),
      elements,
      fc.array(members(aValueText, 0), { maxLength: 2 }),
    )
    .map(([before, name, a, b, texts, after]) => ({
      text: `{${[
        ...before.map((text, at) => `"before${at}":${text}`),
        `${name}${a}:${b}[${texts.join(',')}${a}]`,
        ...after.map((text, at) => `"Records${at}":${text}`),
      ].join(',')}${b}}`,
      values: texts.map((text) => parseJson(text)),
    }));
  const inArray = fc.tuple(elements, space()).map(([texts, a]) => ({
    text: `[${a}${texts.join(',')}]${a}`,
    values: texts.map((text) => parseJson(text)),
  }));
  const inSequence = fc
    .tuple(records, fc.constantFrom('\n', '\r\n', '', '\n\n', '\n  '))
    .map(([texts, between]) => ({
      text: texts.join(between),
      values: texts.map((text) => parseJson(text)),
    }));
  return fc
    .tuple(fc.oneof(inContainer, inArray, inSequence), fc.boolean())
    .map(([file, hasMark]) => (hasMark ? { ...file, text: `\u{feff}${file.text}` } : file));
}

type Mutation =
  | { readonly at: number; readonly byte: number; readonly does: 'set' | 'insert' }
  | { readonly at: number; readonly does: 'truncate' | 'remove' | 'repeat' };

function aMutation(): fc.Arbitrary<Mutation> {
  const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:\n u0')), fc.integer({ min: 0, max: 255 }));
  return fc.oneof(
    fc.record({ at, byte, does: fc.constantFrom('set' as const, 'insert' as const) }),
    fc.record({
      at,
      does: fc.constantFrom('remove' as const, 'remove' as const, 'repeat' as const, 'truncate' as const),
    }),
  );
}

function mutate(bytes: Buffer, mutation: Mutation): Buffer {
  const at = Math.floor(mutation.at * bytes.length);
  switch (mutation.does) {
    case 'truncate':
      return bytes.subarray(0, at);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.floor(at / 2))]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([mutation.byte]), bytes.subarray(at)]);
    case 'set':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([mutation.byte]), bytes.subarray(at + 1)]);
  }
}
