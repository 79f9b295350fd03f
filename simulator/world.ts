import { makePrincipal, type PrincipalKind, type SimulatedPrincipal } from './principal.ts';
import { Random } from './random.ts';
import { type KeyPurpose, makeKey, type SimulatedKey } from './simulated-key.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { DAY_MS, HOUR_MS } from './time-text.ts';
import { popularity, Weighted } from './weighted.ts';

/** One account in one Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly weight: number;
  readonly keys: SimulatedKey[];
  /** AWS managed keys by service: `s3`, `ebs`, `secretsmanager`, `ssm`, `lambda`. */
  readonly managed: ReadonlyMap<string, SimulatedKey>;
  readonly principals: SimulatedPrincipal[];
  readonly buckets: readonly string[];
}

/** A group of people who run SageMaker jobs: its roles, keys and buckets. */
export interface Team {
  readonly name: string;
  readonly place: Place;
  readonly roles: readonly SimulatedPrincipal[];
  readonly launcher: SimulatedPrincipal;
  readonly volumeKey: SimulatedKey | undefined;
  readonly outputKey: SimulatedKey | undefined;
  readonly dataKey: SimulatedKey;
  readonly inputBucket: string;
  readonly outputBucket: string;
  /** Whether its buckets use S3 Bucket Keys, so that contexts name the bucket only. */
  readonly bucketKeys: boolean;
  /** Whether Studio passes people's names on as the source identity. */
  readonly sourceIdentities: boolean;
  /** The same people with the same roles in another Region. */
  readonly twin?: Team;
}

/** A principal and a key that it usually uses, outside jobs. */
export interface UsualPair {
  readonly key: SimulatedKey;
  readonly principal: SimulatedPrincipal;
  readonly weight: number;
}

export interface World {
  readonly options: SimulationOptions;
  readonly fromMs: number;
  readonly toMs: number;
  readonly places: readonly Place[];
  readonly placeWeights: Weighted<Place>;
  readonly teams: readonly Team[];
  readonly teamWeights: Weighted<Team>;
  /** By popularity of their keys, over all places. */
  readonly usualPairs: Weighted<UsualPair>;
  /** The role of the first team's nightly job, which nothing else usually uses. */
  readonly nightlyRole: SimulatedPrincipal;
  /** Where and when the trail was stopped, so that nothing is delivered. */
  readonly gap: { readonly place: Place; readonly fromMs: number; readonly toMs: number } | undefined;
  /** Uses of a key from another account of the simulation. */
  readonly crossAccountPairs: Weighted<UsualPair> | undefined;
}

const MANAGED = ['s3', 'ebs', 'secretsmanager', 'ssm', 'lambda', 'dynamodb'] as const;
const SUBJECTS = [
  'billing',
  'claims',
  'ledger',
  'search',
  'orders',
  'profile',
  'media',
  'risk',
  'audit',
  'mail',
];
const TEAMS = [
  'vision',
  'speech',
  'churn',
  'fraud',
  'ranking',
  'demand',
  'genome',
  'weather',
  'credit',
  'safety',
];
const PEOPLE = [
  'alice',
  'bob',
  'carol',
  'dmitri',
  'erika',
  'farid',
  'grace',
  'hana',
  'ines',
  'jonas',
  'kofi',
  'li',
];

function name(list: readonly string[], index: number): string {
  const word = list[index % list.length] ?? 'x';
  return index < list.length ? word : `${word}${Math.floor(index / list.length) + 1}`;
}

function makePlaces(options: SimulationOptions, random: Random): Place[] {
  return options.accounts.flatMap((account) =>
    account.regions.map((region, index) => {
      const at = { accountId: account.id, region };
      const managed = new Map<string, SimulatedKey>();
      for (const service of MANAGED) {
        const key = makeKey(random, at, 'aws-managed');
        key.aliases.push({ name: `alias/aws/${service}`, fromMs: 0, toMs: Number.POSITIVE_INFINITY });
        managed.set(service, key);
      }
      return {
        ...at,
        weight: account.weight / (index + 1),
        keys: [],
        managed,
        principals: [],
        buckets: SUBJECTS.map((subject) => `simulated-${subject}-${account.id}-${region}`),
      };
    }),
  );
}

/** The purposes that matter come first, so that the smallest world has one key for each of them. */
function purposeOf(index: number): KeyPurpose {
  if (index < 3) return 'machine-learning';
  if (index === 5) return 'signing';
  if (index === 8) return 'mac';
  if (index < 9) return 'application';
  return index % 20 === 0 ? 'signing' : index % 5 < 2 ? 'machine-learning' : 'application';
}

function addKeys(options: SimulationOptions, random: Random, places: readonly Place[]): void {
  const weights = new Weighted(places, (place) => place.weight);
  const main = places[0];
  const partner = places.find((place) => place.accountId !== main?.accountId);
  if (main === undefined) throw new RangeError('a simulation needs an account with a Region');
  for (let index = 0; index < options.keys; index++) {
    const purpose = purposeOf(index);
    const place = index === 4 ? (partner ?? main) : index < 9 ? main : weights.draw(random);
    const key = makeKey(random, place, purpose, {
      multiRegion: index === 3 || (index > 9 && index % 12 === 0),
      customKeyStore: index > 9 && index % 33 === 0,
    });
    if (index % 5 !== 2 || index === 7) {
      key.aliases.push({
        name: `alias/${purpose === 'machine-learning' ? 'ml' : 'app'}/${name(purpose === 'machine-learning' ? TEAMS : SUBJECTS, index)}`,
        fromMs: 0,
        toMs: Number.POSITIVE_INFINITY,
      });
    }
    place.keys.push(key);
    // A multi-Region key has a replica of the same id in the account's next Region.
    const other = key.id.startsWith('mrk-')
      ? places.find((p) => p.accountId === place.accountId && p.region !== place.region)
      : undefined;
    if (other !== undefined) {
      other.keys.push(makeKey(random, other, purpose, { id: key.id }));
      index++;
    }
  }
}

interface Kind {
  readonly kind: PrincipalKind;
  readonly name: (index: number) => string;
  readonly path: (index: number) => string;
  readonly session: (index: number, random: Random) => string;
}

const KINDS: readonly Kind[] = [
  {
    kind: 'application-role',
    name: (i) => `${name(SUBJECTS, i)}-service`,
    path: (i) => (i % 3 === 0 ? 'apps/' : ''),
    session: (_, random) => `i-0${random.hex(16)}`,
  },
  {
    kind: 'lambda-role',
    name: (i) => `${name(SUBJECTS, i)}-handler-role-${'abcdefgh'.charAt(i % 8)}1b2c3d4`,
    path: (i) => (i % 2 === 0 ? 'service-role/' : ''),
    session: (i) => `${name(SUBJECTS, i)}-handler`,
  },
  {
    kind: 'sso-role',
    name: (i) =>
      `AWSReservedSSO_${i % 2 === 0 ? 'DataScientist' : 'PowerUser'}_${(0x5eed0000 + i).toString(16)}5eed5eed`,
    path: () => 'aws-reserved/sso.amazonaws.com/eu-west-1/',
    session: (i) => `${name(PEOPLE, i)}@example.com`,
  },
  {
    kind: 'application-role',
    name: (i) => `${name(SUBJECTS, i)}-batch`,
    path: () => '',
    session: (_, random) => `botocore-session-17${random.int(90_000_000) + 10_000_000}`,
  },
  {
    kind: 'user',
    name: (i) => name(PEOPLE, i),
    path: (i) => (i % 4 === 3 ? 'contractors/' : ''),
    session: () => '',
  },
  {
    kind: 'pipeline-role',
    name: (i) => `${name(SUBJECTS, i)}-deploy`,
    path: () => 'ci/',
    session: () => 'GitHubActions',
  },
];

function addPrincipals(
  options: SimulationOptions,
  random: Random,
  places: readonly Place[],
  count: number,
): void {
  const weights = new Weighted(places, (place) => place.weight);
  const seen = KINDS.map(() => 0);
  for (let index = 0; index < count; index++) {
    // Every place has someone; the rest follow the weights.
    const place = places[index] ?? weights.draw(random);
    const pattern = index < 6 ? index : [0, 0, 1, 1, 3, 3, 2, 4, 5, 0][index % 10];
    const kind = KINDS[pattern ?? 0];
    if (kind === undefined) continue;
    const nth = seen[pattern ?? 0] ?? 0;
    seen[pattern ?? 0] = nth + 1;
    place.principals.push(
      makePrincipal(random, kind.kind, place, kind.name(nth), kind.path(nth), kind.session(nth, random)),
    );
  }
  if (options.principals < 2) throw new RangeError('a simulation needs two principals or more');
}

function makeTeams(options: SimulationOptions, random: Random, places: readonly Place[]): Team[] {
  const suited = places.filter((place) => place.keys.some((key) => key.purpose === 'machine-learning'));
  const main = suited[0];
  if (main === undefined) throw new RangeError('a simulation needs a key or more');
  const weights = new Weighted(suited, (place) => place.weight);
  const partner = places.find((place) => place.accountId !== main.accountId && place.region === main.region);
  const roleCount = Math.max(3, Math.round(options.principals * 0.2));
  const teamCount = Math.max(3, Math.min(Math.round(roleCount / 2), Math.round(options.keys / 5)));
  const teams: Team[] = [];
  for (let index = 0; index < teamCount; index++) {
    const place = index < 3 ? main : weights.draw(random);
    const own = place.keys.filter((key) => key.purpose === 'machine-learning');
    const team = name(TEAMS, index);
    const roles = Array.from({ length: index < 3 ? 1 : 1 + random.int(3) }, (_, nth) =>
      makePrincipal(
        random,
        'execution-role',
        place,
        `SimulatedSageMaker-${team}${nth === 0 ? '' : `-${nth + 1}`}`,
        ['service-role/', '', 'data-science/'][(index + nth) % 3] ?? '',
        'SageMaker',
      ),
    );
    const people = place.principals.filter(
      (p) => p.kind === 'sso-role' || p.kind === 'user' || p.kind === 'pipeline-role',
    );
    const launcher =
      people[index % Math.max(1, people.length)] ??
      makePrincipal(
        random,
        'sso-role',
        place,
        `AWSReservedSSO_DataScientist_${random.hex(16)}`,
        'aws-reserved/sso.amazonaws.com/',
        `${team}@example.com`,
      );
    // The second team reads data of the partner's account; every seventh encrypts with no key of its own.
    const foreign = index === 1 ? partner?.keys.find((key) => key.purpose !== 'signing') : undefined;
    const bare = index % 7 === 6;
    const made: Team = {
      name: team,
      place,
      roles,
      launcher,
      volumeKey: bare || index % 5 === 4 ? undefined : own[index % own.length],
      outputKey: bare ? undefined : own[(index + 1) % own.length],
      dataKey: foreign ?? random.pick(own),
      inputBucket: foreign
        ? `simulated-lake-${foreign.accountId}`
        : `simulated-${team}-data-${place.accountId}`,
      outputBucket: `simulated-${team}-models-${place.accountId}`,
      bucketKeys: index % 4 === 2,
      sourceIdentities: index % 3 === 1,
    };
    const twin = options.customs.isSideBySide ? twinOf(made, suited) : undefined;
    teams.push(...(twin === undefined ? [made] : [{ ...made, twin }, twin]));
  }
  return teams;
}

/** The team in another Region of its account: its people, roles and names, with that Region's keys and buckets. */
function twinOf(team: Team, places: readonly Place[]): Team | undefined {
  const place = places.find(
    ({ accountId, region }) => accountId === team.place.accountId && region !== team.place.region,
  );
  const [key, otherKey = key] = place?.keys.filter(({ purpose }) => purpose === 'machine-learning') ?? [];
  if (place === undefined || key === undefined || otherKey === undefined) return undefined;
  return {
    ...team,
    place,
    volumeKey: team.volumeKey === undefined ? undefined : key,
    outputKey: team.outputKey === undefined ? undefined : otherKey,
    dataKey: key,
    inputBucket: `simulated-${team.name}-data-${place.accountId}-${place.region}`,
    outputBucket: `simulated-${team.name}-models-${place.accountId}-${place.region}`,
  };
}

function makeUsualPairs(options: SimulationOptions, random: Random, places: readonly Place[]): UsualPair[] {
  const keys = places.flatMap((place) =>
    place.keys.filter((key) => key.purpose !== 'machine-learning').map((key) => ({ key, place })),
  );
  // Shuffled, so that popularity does not follow the order in which places were filled.
  for (let i = keys.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const one = keys[i];
    const other = keys[j];
    if (one === undefined || other === undefined) continue;
    keys[i] = other;
    keys[j] = one;
  }
  const popular = popularity(options.keySkew);
  const usualPairs: UsualPair[] = [];
  keys.forEach(({ key, place }, index) => {
    const users = place.principals.length === 0 ? (places[0]?.principals ?? []) : place.principals;
    const count = Math.min(users.length, 1 + random.int(4));
    const chosen = new Set<SimulatedPrincipal>();
    while (chosen.size < count) chosen.add(random.pick(users));
    let share = 1;
    for (const principal of chosen) {
      if (principal.accountId !== key.accountId) continue;
      usualPairs.push({ key, principal, weight: popular(key, index) * share });
      share *= 0.6;
    }
  });
  // No principal without a key to use.
  const known = new Set(usualPairs.map((pair) => pair.principal));
  for (const place of places) {
    const own = keys.filter((entry) => entry.place === place);
    for (const principal of place.principals) {
      if (known.has(principal) || own.length === 0) continue;
      usualPairs.push({ key: random.pick(own).key, principal, weight: 0.02 });
    }
  }
  return usualPairs;
}

function makeCrossAccountPairs(random: Random, places: readonly Place[]): UsualPair[] {
  const usualPairs: UsualPair[] = [];
  for (const place of places) {
    for (const other of places) {
      if (other.accountId === place.accountId || other.region !== place.region) continue;
      const keys = other.keys.filter((key) => key.purpose === 'application');
      const users = place.principals.filter((p) => p.kind === 'application-role' || p.kind === 'lambda-role');
      for (let i = 0; i < Math.min(3, keys.length, users.length); i++) {
        usualPairs.push({ key: random.pick(keys), principal: random.pick(users), weight: 1 });
      }
    }
  }
  return usualPairs;
}

/** Everything that stays the same during a simulation. It depends on the options only. */
export function makeWorld(options: SimulationOptions): World {
  const random = new Random(options.seed, 'world');
  const fromMs = Date.parse(options.startTime);
  if (!Number.isFinite(fromMs)) throw new RangeError(`not a time: ${options.startTime}`);
  const places = makePlaces(options, random);
  addKeys(options, random, places);
  addPrincipals(options, random, places, Math.max(2, Math.round(options.principals * 0.8)));
  const teams = makeTeams(options, random, places);
  const usualPairs = makeUsualPairs(options, random, places);
  const cross = makeCrossAccountPairs(random, places);
  const nightly = teams[0];
  const last = places[places.length - 1];
  if (nightly === undefined || last === undefined) throw new RangeError('a simulation needs a team');
  const nightlyRole = makePrincipal(
    random,
    'execution-role',
    nightly.place,
    `SimulatedSageMaker-${nightly.name}-nightly`,
    'service-role/',
    'SageMaker',
  );
  const gapMs = fromMs + Math.floor(options.days * 0.55) * DAY_MS + 10 * HOUR_MS;
  return {
    options,
    fromMs,
    toMs: fromMs + options.days * DAY_MS,
    places,
    placeWeights: new Weighted(places, (place) => place.weight),
    teams,
    teamWeights: new Weighted(teams, popularity(options.keySkew)),
    usualPairs: new Weighted(usualPairs, (pair) => pair.weight),
    nightlyRole,
    gap:
      options.incidents && options.days >= 2
        ? { place: last, fromMs: gapMs, toMs: gapMs + 2 * HOUR_MS }
        : undefined,
    crossAccountPairs: cross.length === 0 ? undefined : new Weighted(cross, (pair) => pair.weight),
  };
}
