import { appendToList } from '../append-to-list.ts';
import { isInfrastructureGrantee } from '../expectations/aws-infrastructure.ts';
import { principalForm } from '../expectations/principal-form.ts';
import type { HistoryQuestions, KeySummary, UsageGroup } from '../history/query/questions.ts';
import { isReadOnlyCall } from '../kms/operation-category.ts';
import { compareTexts } from '../text/text-order.ts';

/** Uses by one principal that an expectation would allow. */
interface SuggestedPrincipal {
  /** In the form that expectations use. */
  readonly form: string;
  readonly uses: number;
  readonly lastSeen: string;
}

/** The uses of some keys in their learning period, as an expectation without an owner and a reason. */
export interface Suggestion {
  readonly id: string;
  readonly keys: readonly KeySummary[];
  readonly principals: readonly SuggestedPrincipal[];
  readonly operations: readonly string[];
  /** Whether jobs made all of the uses. */
  readonly isByJobs: boolean;
}

export interface Suggested {
  readonly suggestions: readonly Suggestion[];
  /** Sentences about uses that are not suggested. They may contain text from records, unescaped. */
  readonly leftOut: readonly string[];
}

interface Learned {
  readonly key: KeySummary;
  readonly operations: readonly string[];
  readonly isByJobs: boolean;
  readonly principals: SuggestedPrincipal[];
}

const PAGE = 1_000;

/**
 * Suggests expectations from the uses of some keys in their learning period, for a person to review. Principals with the
 * same operations share an expectation, and so do keys with the same principals and operations. Failed and denied uses
 * are ignored.
 * @param learningMs the learning period from a key's first use, milliseconds
 * @param takenIds ids of current expectations
 */
export async function suggestExpectations(
  questions: Pick<HistoryQuestions, 'summary'>,
  keys: readonly KeySummary[],
  learningMs: number,
  takenIds: ReadonlySet<string>,
): Promise<Suggested> {
  const leftOut = new Set<string>();
  const learned: Learned[] = [];
  for (const key of keys) learned.push(...(await learnKey(questions, key, learningMs, leftOut)));
  const alike = new Map<string, Learned[]>();
  for (const each of learned) {
    const forms = each.principals.map(({ form }) => form);
    appendToList(alike, JSON.stringify([forms, each.operations, each.isByJobs]), each);
  }
  const taken = new Set(takenIds);
  const suggestions = [...alike.values()].map((same) => together(same, taken));
  return { suggestions, leftOut: [...leftOut] };
}

function together(same: readonly Learned[], taken: Set<string>): Suggestion {
  const [first] = same;
  if (first === undefined) throw new RangeError('no keys to suggest for');
  const { operations, isByJobs } = first;
  const uses = new Map<string, SuggestedPrincipal>();
  for (const principal of same.flatMap(({ principals }) => principals)) {
    const known = uses.get(principal.form);
    uses.set(principal.form, known === undefined ? principal : added(known, principal));
  }
  const what = isByJobs ? 'jobs' : operations.includes('cryptographic') ? 'use' : 'manage';
  return {
    id: freeId(`${nameOf(first.key)}-${what}`, taken),
    keys: same.map(({ key }) => key),
    principals: [...uses.values()],
    operations,
    isByJobs,
  };
}

async function learnKey(
  questions: Pick<HistoryQuestions, 'summary'>,
  key: KeySummary,
  learningMs: number,
  leftOut: Set<string>,
): Promise<Learned[]> {
  const fromMs = Date.parse(key.firstSeen);
  const filter = { key: [key.arn], outcome: ['success' as const], fromMs, toMs: fromMs + learningMs };
  const groupBy = ['principal', 'category', 'operation', 'status'] as const;
  const byPrincipal = new Map<string, UsageGroup[]>();
  for (let cursor: string | undefined; ; ) {
    const page = await questions.summary(filter, groupBy, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const group of page.items) {
      const { principal } = group;
      const form = principal === undefined ? undefined : formOf(principal, key, leftOut);
      if (form !== undefined) appendToList(byPrincipal, form, group);
    }
    cursor = page.next;
    if (cursor === undefined) break;
  }
  const learned = new Map<string, Learned>();
  for (const [form, groups] of [...byPrincipal].sort(([a], [b]) => compareTexts(a, b))) {
    for (const { operations, isByJobs, uses, lastSeen } of habitsOf(groups)) {
      const name = JSON.stringify([operations, isByJobs]);
      const same = learned.get(name) ?? { key, operations, isByJobs, principals: [] };
      same.principals.push({ form, uses, lastSeen });
      learned.set(name, same);
    }
  }
  return [...learned.values()];
}

interface Habit extends Omit<SuggestedPrincipal, 'form'> {
  readonly operations: readonly string[];
  readonly isByJobs: boolean;
}

/** One principal on one key: its uses, and separately its management. Read-only calls need no expectation. */
function habitsOf(groups: readonly UsageGroup[]): Habit[] {
  const named = groups.filter(
    ({ operation = '', category }) => !isReadOnlyCall({ operation, category: categoryOf(category) }),
  );
  const managing = named.filter(({ category }) => category === 'management');
  const using = named.filter(({ category }) => category !== 'management');
  return [using, managing].flatMap((some) => {
    if (some.length === 0) return [];
    const operations = some.map(({ operation = '', category }) =>
      category === 'cryptographic' ? category : operation,
    );
    return [
      {
        operations: [...new Set(operations)].sort(compareTexts),
        isByJobs: some === using && some.every(({ status }) => status !== 'none' && status !== 'ambiguous'),
        uses: some.reduce((sum, { count }) => sum + count, 0),
        lastSeen: latest(some.map((group) => group.lastSeen)),
      },
    ];
  });
}

function categoryOf(text: string | undefined) {
  return text === 'cryptographic' || text === 'grant' ? text : 'management';
}

function formOf(principal: string, key: KeySummary, leftOut: Set<string>): string | undefined {
  if (isInfrastructureGrantee(principal) || principal === 'kms.amazonaws.com') return undefined;
  if (/^arn:[^:]*:iam::\d*:root$/.test(principal)) {
    leftOut.add(`${principal} used ${key.arn}; a root user should use none.`);
    return undefined;
  }
  const form = principalForm(principal);
  if (form === undefined) leftOut.add(`${principal} used ${key.arn}; no expectation can name it.`);
  return form;
}

function added(a: SuggestedPrincipal, b: SuggestedPrincipal): SuggestedPrincipal {
  return { form: a.form, uses: a.uses + b.uses, lastSeen: latest([a.lastSeen, b.lastSeen]) };
}

function latest(times: readonly string[]): string {
  return times.toSorted(compareTexts).at(-1) ?? '';
}

/** The first alias, else the first characters of the key's id. */
function nameOf({ arn, aliases: [alias] }: KeySummary): string {
  const name =
    alias === undefined
      ? arn.slice(arn.lastIndexOf('/') + 1, arn.lastIndexOf('/') + 9)
      : alias.slice('alias/'.length);
  return (
    name
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[._-]+/, '')
      .slice(0, 50) || 'key'
  );
}

function freeId(id: string, taken: Set<string>): string {
  let free = id;
  for (let number = 2; taken.has(free); number++) free = `${id}-${number}`;
  taken.add(free);
  return free;
}
