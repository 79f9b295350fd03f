import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEvent } from '../../src/ingest/parse-event.ts';
import { declaredKeysOf } from '../../src/sagemaker/declared-keys.ts';
import type { JobFact } from '../../src/sagemaker/job-fact.ts';
import { jobsOf } from '../../src/sagemaker/jobs-of.ts';
import type { MemberPath } from '../../src/sagemaker/member-path.ts';
import type { ResourceKind } from '../../src/sagemaker/resource-kind.ts';
import { resourceKinds } from '../../src/sagemaker/resource-kinds.ts';
import { windowOf } from '../../src/sagemaker/window-of.ts';
import {
  aCreateTrainingJob,
  anEnvelope,
  aSageMakerRecord,
  aTrainingStateChange,
  executionRole,
  sageMakerArn,
  secret,
} from '../builders/sagemaker-record.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const options = { hashAccessKey: (id: string) => `hash of ${id.length} characters` };

const anyJson = fc.jsonValue({ maxDepth: 5, noUnicodeString: false });

/** Members that entries of the table look for, with values that they may take for something. */
const names = [
  ...new Set(
    resourceKinds.flatMap((kind) =>
      Object.values(kind)
        .flat(3)
        .filter((part): part is string => typeof part === 'string' && /^[a-z]\w+$/i.test(part)),
    ),
  ),
];
const likelyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'null',
    '{"s3Uri":"s3://bucket/x"}',
    '[[[]]]',
    '__proto__',
    '\ud800',
    's3://bucket/prefix/',
    's3://',
    's3://bucket',
    's3:///x',
    'https://s3.amazonaws.com/',
    'arn:',
    executionRole,
    'Completed',
    '2026-03-01T10:00:00Z',
    'x'.repeat(9000),
  ),
  fc.constantFrom(sageMakerArn('training-job/a'), sageMakerArn('tuningJob/a'), sageMakerArn('pipeline/a')),
);
const { aValue } = fc.letrec<{ aValue: unknown }>((tie) => ({
  aValue: fc.oneof(
    { depthSize: 'small' },
    likelyText,
    fc.oneof(fc.integer(), fc.double(), fc.constantFrom(null, true, 1_772_359_200_000)),
    fc.array(tie('aValue'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('aValue'), { maxKeys: 6 }),
    anyJson,
  ),
}));

const pathsOf = (kind: ResourceKind): readonly MemberPath[] =>
  Object.values(kind)
    .flatMap((member): readonly unknown[] => (Array.isArray(member) ? member : []))
    .filter(
      (path): path is string[] => Array.isArray(path) && path.every((name) => typeof name === 'string'),
    );

const aLeaf = fc.oneof({ weight: 3, arbitrary: likelyText }, { weight: 1, arbitrary: aValue });

/** What a request or a state change of the kind may be: any of its members, with anything in it. */
function someMembers(kind: ResourceKind, isPascal: boolean): fc.Arbitrary<object> {
  const spelt = (name: string): string => (isPascal ? name.charAt(0).toUpperCase() + name.slice(1) : name);
  const aMember = fc.tuple(fc.constantFrom(...pathsOf(kind)), aLeaf, fc.boolean());
  return fc
    .tuple(fc.array(aMember, { maxLength: 8 }), fc.constantFrom('a', 'B-1', '', 'x/y'))
    .map(([members, name]) => {
      const whole: Record<string, unknown> = {};
      for (const [path, leaf, isListed] of members) set(whole, path.map(spelt), leaf, isListed);
      for (const path of kind.name) set(whole, path.map(spelt), name, false);
      return whole;
    });
}

function set(
  whole: Record<string, unknown>,
  path: readonly string[],
  leaf: unknown,
  isListed: boolean,
): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    whole[name] = leaf;
    return;
  }
  const inner: Record<string, unknown> = {};
  set(inner, rest, leaf, isListed);
  whole[name] = isListed ? [inner, leaf] : inner;
}

const anEvent = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...resourceKinds),
      fc.constantFrom('Create', 'Update', 'Start', 'Stop', 'Delete'),
      fc.constantFrom('AwsApiCall', 'AwsServiceEvent'),
    )
    .chain(([kind, verb, eventType]) =>
      fc
        .record({
          requestParameters: fc.oneof({ weight: 4, arbitrary: someMembers(kind, false) }, aValue),
          responseElements: fc.oneof(someMembers(kind, false), aValue),
          serviceEventDetails: aValue,
          by: fc.oneof(fc.constant(undefined), aValue),
        })
        .map((rest) => aSageMakerRecord(`${verb}${kind.apis[0]}`, { ...rest, eventType })),
    ),
  fc.constantFrom(...resourceKinds.filter(({ detailTypes }) => detailTypes !== undefined)).chain((kind) =>
    fc
      .record({
        detail: someMembers(kind, true),
        time: fc.oneof({ weight: 4, arbitrary: fc.constant('2026-03-01T11:00:00Z') }, aValue),
        resources: fc.array(aLeaf, { maxLength: 3 }),
      })
      .map(({ detail, ...rest }) => anEnvelope(`SageMaker ${kind.detailTypes?.[0]}`, detail, rest)),
  ),
  fc
    .record({ detail: aValue, time: aValue, resources: aValue })
    .map(({ detail, ...rest }) =>
      anEnvelope('SageMaker Model Building Pipeline Execution Step Status Change', Object(detail), rest),
    ),
  fc
    .record({ requestParameters: aValue, responseElements: aValue, userIdentity: aValue })
    .chain((members) =>
      fc
        .constantFrom(['sts.amazonaws.com', 'AssumeRole'], ['logs.amazonaws.com', 'CreateLogStream'])
        .map(([eventSource, eventName]) => ({ ...members, eventSource, eventName })),
    ),
);

function factsOf(value: unknown): readonly JobFact[] {
  const event = parseEvent(value, options);
  return event.kind === 'job-event' || event.kind === 'session' ? event.facts : [];
}

function hasAbsentMember(value: unknown): boolean {
  return typeof value === 'object' && value !== null
    ? Object.values(value).some(hasAbsentMember)
    : value === undefined || value === null || value === '' || Number.isNaN(value);
}

test('any event at all gives facts that are plain JSON, whole and bounded, and jobs of them', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(anEvent, { maxLength: 5 }), (events) => {
      const facts = events.flatMap(factsOf);
      told += facts.length;
      const json = JSON.stringify(facts);
      expect(JSON.parse(Buffer.from(json, 'utf8').toString('utf8'))).toEqual(facts);
      expect(
        facts.some((fact) =>
          hasAbsentMember({ ...fact, inputs: [], outputs: [], checkpoints: [], artifacts: [] }),
        ),
      ).toBe(false);
      for (const job of jobsOf(facts)) {
        expect(windowOf(job).fromMs ?? 0).not.toBeNaN();
        expect(() => declaredKeysOf(job, () => undefined)).not.toThrow();
      }
    }),
    { numRuns: fuzzRuns(1_000) },
  );
  expect(told).toBeGreaterThan(500);
});

test('an event tells the same the second time, and is not changed by it', () => {
  fc.assert(
    fc.property(anEvent, (event) => {
      const before = JSON.stringify(event);
      const facts = factsOf(event);
      expect(factsOf(JSON.parse(before))).toEqual(facts);
      expect(JSON.stringify(event)).toBe(before);
    }),
    { numRuns: fuzzRuns(200) },
  );
});

/** Members that hold what must not be kept, in both spellings. */
const secretMembers = [
  'environment',
  'hyperParameters',
  'staticHyperParameters',
  'containerArguments',
  'containerEntrypoint',
  'tags',
  'optimizationEnvironment',
  'pipelineParameters',
  'pipelineDefinition',
  'content',
].flatMap((name) => [name, name.charAt(0).toUpperCase() + name.slice(1)]);

/** A copy in which every object has every such member. */
function withSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const copied = Object.entries(value).map(([name, member]) => [name, withSecrets(member)]);
  const planted = secretMembers.flatMap((name, index) =>
    Object.hasOwn(value, name)
      ? []
      : [[name, index % 2 === 0 ? { token: `${secret}` } : [{ key: 'token', value: secret }]]],
  );
  return Object.fromEntries([...copied, ...planted]);
}

test('nothing secret gets into a fact, wherever in a request it stands', () => {
  const whole = fc.constantFrom(aCreateTrainingJob(), aTrainingStateChange());
  fc.assert(
    fc.property(fc.oneof(anEvent, whole), (event) => {
      const planted = withSecrets(event);
      expect(JSON.stringify(planted)).toContain(secret);
      expect(JSON.stringify(factsOf(planted))).not.toContain(secret);
    }),
    { numRuns: fuzzRuns(400) },
  );
});

test('an endless nest of lists or objects is no reason to fail', () => {
  const depth = 5000;
  const lists: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
  const objects: unknown = JSON.parse(`${'{"trainingJobName":'.repeat(depth)}1${'}'.repeat(depth)}`);
  for (const deep of [lists, objects]) {
    const requestParameters = { trainingJobName: 'a', inputDataConfig: deep, roleArn: deep };
    const [fact] = factsOf(aSageMakerRecord('CreateTrainingJob', { requestParameters }));
    expect(fact).toMatchObject({ name: 'a' });
    expect(factsOf(aTrainingStateChange({ CreationTime: deep }))).toHaveLength(1);
  }
});
