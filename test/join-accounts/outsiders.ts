import { placeOfInterest } from './hand-work.ts';
import { aRole, type Role, type RoleSession, sessionIdentity } from './identity.ts';
import type { Json } from './json.ts';
import { writeKmsCall } from './kms-call.ts';
import { someTime } from './names.ts';
import { isDataJob } from './run.ts';
import { writeObjectUse } from './s3-place.ts';
import { sessionOf } from './sessions.ts';
import { outsideDeed } from './truth-of-run.ts';
import type { UseClass } from './use-truth.ts';
import type { Run, World } from './world.ts';

interface Outsider {
  readonly class: UseClass;
  readonly session: (world: World) => string;
  /** What calls S3 for it, where that is no custom of the account's. */
  readonly through?: string;
  readonly inScopeOf?: (world: World) => Json;
}

/** Who takes on a role that jobs run under, or one of its own, and uses the keys that jobs use. */
const outsiders: readonly Outsider[] = [
  { class: 'person', session: ({ dice }) => `${dice.pick(['mira', 'jonas', 'sora'])}@example.com` },
  { class: 'cli', session: ({ dice }) => `botocore-session-${dice.between(1_770_000_000, 1_780_000_000)}` },
  {
    class: 'lambda',
    session: () => 'publish-metrics',
    inScopeOf: ({ customs, region, accountId }) => ({
      issuerType: 'AWS::Lambda::Function',
      credentialsIssuedTo: `arn:${customs.partition}:lambda:${region}:${accountId}:function:publish-metrics`,
    }),
  },
  { class: 'glue', session: () => 'GlueJobRunnerSession' },
  { class: 'steps', session: ({ dice }) => dice.hex(32) },
  { class: 'batch', session: ({ dice }) => dice.hex(32) },
  { class: 'athena', session: ({ dice }) => `AthenaUser-${dice.hex(6)}`, through: 'athena.amazonaws.com' },
  { class: 'ci', session: () => 'GitHubActions' },
  { class: 'download', session: () => 'SageMaker' },
];

const hourMs = 3_600_000;

/** A sitting of one of them, beside the jobs of the role: before, while or after they run. */
export function writeOutsider(world: World): void {
  const { dice, customs, isSmall } = world;
  const outsider = dice.pick(outsiders);
  // No job runs under the role that a model card is written with.
  const runs = world.runs.filter(({ type }) => type !== 'model-card');
  const near = runs.length > 0 ? dice.pick(runs) : undefined;
  const isByJobRole = near !== undefined && dice.chance(0.7);
  const role = isByJobRole
    ? near.role
    : aRole(dice.fork(outsider.class), customs.partition, world.accountId, '/', `${outsider.class}-tasks`);
  const fromMs = near === undefined ? someTime(world) : timeBeside(world, near);
  const session = {
    ...sessionOf(role, outsider.session(world), fromMs, outsider.inScopeOf?.(world)),
    // Whose access keys AWS withholds is its own business.
    ...(dice.chance(0.3) ? { accessKey: customs.accessKey } : {}),
  };
  const useClass = isByJobRole ? outsider.class : 'bystander';
  for (let uses = dice.between(1, isSmall ? 6 : 25); uses > 0; uses--) {
    const atMs = fromMs + dice.between(1, 2400) * 1000;
    writeUse(world, outsider, role, session, near, atMs, useClass, isByJobRole);
  }
}

function timeBeside(world: World, run: Run): number {
  const { dice } = world;
  const phase = dice.pick(['before', 'while', 'while', 'just after', 'after', 'some time'] as const);
  switch (phase) {
    case 'before':
      return run.createdMs - dice.between(2400, 20_000) * 1000;
    case 'while':
      return run.startedMs + Math.floor(dice.unit() * (run.endedMs - run.startedMs));
    case 'just after':
      return run.endedMs + dice.between(1, 600) * 1000;
    case 'after':
      return run.endedMs + dice.between(1, 48) * hourMs;
    case 'some time':
      return someTime(world);
    default:
      return phase satisfies never;
  }
}

function writeUse(
  world: World,
  outsider: Outsider,
  role: Role,
  session: RoleSession,
  near: Run | undefined,
  atMs: number,
  useClass: UseClass,
  isByJobRole: boolean,
): void {
  const { dice } = world;
  const by = sessionIdentity(session, atMs);
  const deed = outsideDeed(useClass, isByJobRole);
  if (outsider.class !== 'download' && dice.chance(0.25)) {
    const key = dice.pick(world.keys);
    const operation = dice.pick(['Decrypt', 'GenerateDataKey', 'Encrypt']);
    const errorCode = dice.chance(0.1) ? { errorCode: 'AccessDenied' } : {};
    writeKmsCall(world, { atMs, operation, by, key, ...errorCode }, deed);
    return;
  }
  const isFetch = outsider.class === 'download' && near !== undefined && isDataJob(near);
  writeObjectUse(
    world,
    {
      atMs,
      operation: isFetch || dice.chance(0.7) ? 'Decrypt' : 'GenerateDataKey',
      place: isFetch ? near.output : placeOfInterest(world, near ?? { role }),
      object: isFetch
        ? 'output/model.tar.gz'
        : `part-${String(dice.between(0, 400)).padStart(5, '0')}.parquet`,
      ...(outsider.through === undefined ? {} : { through: outsider.through }),
    },
    by,
    deed,
  );
}
