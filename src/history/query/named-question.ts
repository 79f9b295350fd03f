import { isPrincipalName, principalsNamed } from '../../cloudtrail/principal-name.ts';
import { keysNamed } from '../../kms/key-name.ts';
import type { Table } from '../../table/table.ts';
import { closestNames } from '../../text/closest-names.ts';
import { readAliases } from '../evidence/alias-items.ts';
import { readKeyNames } from '../seal/pointer-items.ts';
import { aliasesByKey, Directory } from './ask-keys.ts';
import { askUsage } from './ask-usage.ts';
import type { HistoryView, JobKnowledge } from './history-view.ts';
import type { UnmatchedValue, UsageFilter, UsageGroup, UsageRow } from './questions.ts';
import { jobsNamed, operationsNamed } from './resolve-filter.ts';

/** The filters whose values are names that a history may not have. */
const NAMED = ['key', 'principal', 'job', 'operation', 'account', 'region'] as const;
type Named = (typeof NAMED)[number];

const EVER = { fromMs: Number.MIN_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER, keyNames: undefined };

/** Reads the evidence of all jobs that ever were. */
export type EveryJob = () => Promise<JobKnowledge['evidence']>;

/** Finds out what the names in a filter mean in one view of a history, and which mean nothing. */
export class NamedQuestion {
  readonly #table: Table;
  readonly #view: HistoryView;
  readonly #everyJob: EveryJob;
  /** By filter and value, what a name was found to mean. */
  readonly #meant = new Map<string, readonly string[]>();

  constructor(table: Table, view: HistoryView, everyJob: EveryJob) {
    this.#table = table;
    this.#view = view;
    this.#everyJob = everyJob;
  }

  /** The filter with ids, ARNs and KMS's own spelling in place of the names that people use; keys aside. */
  async resolved(filter: UsageFilter): Promise<UsageFilter> {
    const principal = await this.#each('principal', filter.principal, isPrincipalName, (name) =>
      this.#principals(name),
    );
    const job = await this.#each('job', filter.job, isNoArn, (name) => this.#jobs(name));
    const operation = await this.#operations(filter.operation);
    return {
      ...filter,
      ...(operation === undefined ? {} : { operation }),
      ...(principal === undefined ? {} : { principal }),
      ...(job === undefined ? {} : { job }),
    };
  }

  /** The names under which keys are stored. */
  async keyNames(references: readonly string[]): Promise<string[]> {
    const arns = references.filter(isKeyArn);
    const others = references.filter((reference) => !isKeyArn(reference));
    if (others.length === 0) return arns;
    const [keyNames, aliases] = await Promise.all([this.#everyKeyName(), readAliases(this.#table)]);
    const found = others.flatMap((reference) => {
      const names = keysNamed(reference, keyNames, aliases);
      this.#meant.set(`key ${reference}`, names);
      return names;
    });
    return [...new Set([...arns, ...found])];
  }

  /**
   * The values of a filter that are nowhere in the history.
   * @param seen what was answered: values that it shows need not be looked for
   */
  async unmatched(filter: UsageFilter, seen: readonly (UsageRow | UsageGroup)[]): Promise<UnmatchedValue[]> {
    const unmatched: UnmatchedValue[] = [];
    for (const parameter of NAMED) {
      const values = filter[parameter] ?? [];
      // Whatever was answered matches one of the values: the only one there is.
      if (values.length === 1 && seen.some((item) => !('count' in item) || item.count > 0)) continue;
      for (const value of values) {
        if (await this.#isSomewhere(parameter, value)) continue;
        unmatched.push({ parameter, value, closest: closestNames(value, await this.#names(parameter)) });
      }
    }
    return unmatched;
  }

  async #each(
    parameter: Named,
    values: readonly string[] | undefined,
    isName: (value: string) => boolean,
    find: (name: string) => Promise<readonly string[]>,
  ): Promise<readonly string[] | undefined> {
    if (values === undefined) return undefined;
    const found: string[] = [];
    for (const value of values) {
      const names = isName(value) ? await find(value) : [];
      if (isName(value)) this.#meant.set(`${parameter} ${value}`, names);
      found.push(...(names.length === 0 ? [value] : names));
    }
    return [...new Set(found)];
  }

  async #operations(values: readonly string[] | undefined): Promise<readonly string[] | undefined> {
    if (values === undefined) return undefined;
    const known = await this.#names('operation');
    return unique(values.flatMap((value) => operationsNamed(value, known)));
  }

  async #hasOperation(value: string): Promise<boolean> {
    const known = await this.#names('operation');
    return operationsNamed(value, known).some((operation) => known.includes(operation));
  }

  async #principals(name: string): Promise<readonly string[]> {
    return principalsNamed(name, (await Directory.of(this.#view)).principals.keys());
  }

  async #jobs(name: string): Promise<readonly string[]> {
    return jobsNamed(name, await this.#names('job'));
  }

  async #isSomewhere(parameter: Named, value: string): Promise<boolean> {
    const meant = this.#meant.get(`${parameter} ${value}`);
    if (meant !== undefined && meant.length > 0) return true;
    switch (parameter) {
      case 'key':
        return (await this.#everyKeyName()).includes(value);
      case 'principal':
        return this.#hasRows({ principal: [value] });
      case 'job':
        return (
          (await this.#everyJob()).jobs.some(({ arn }) => arn === value) || this.#hasRows({ job: [value] })
        );
      case 'operation':
        return this.#hasOperation(value);
      case 'account':
        return (await this.#recordedAccounts()).has(value) || (await this.#names('account')).includes(value);
      case 'region':
        return (await this.#names('region')).includes(value);
      default:
        return parameter satisfies never;
    }
  }

  async #hasRows(filter: UsageFilter): Promise<boolean> {
    const { items } = await askUsage(this.#view, { ...EVER, filter }, { limit: 1, order: 'asc' }, '');
    return items.length > 0;
  }

  /** What the history has that a value of a filter may have been meant to be. */
  async #names(parameter: Named): Promise<readonly string[]> {
    switch (parameter) {
      case 'key': {
        const [keyNames, aliases] = await Promise.all([this.#everyKeyName(), readAliases(this.#table)]);
        return [...[...aliasesByKey(aliases).values()].flat(), ...keyNames];
      }
      case 'principal':
        return [...(await Directory.of(this.#view)).principals.keys()];
      case 'job':
        return unique([
          ...(await this.#everyJob()).jobs.map(({ arn }) => arn),
          ...(await Directory.of(this.#view)).jobs,
        ]);
      case 'account': {
        const { principals, keys } = await Directory.of(this.#view);
        const callers = [...principals.values()].flatMap(({ accounts }) => [...accounts]);
        const owners = [...keys.keys()].map((arn) => arn.split(':')[4] ?? '');
        const accounts = new Set([...callers, ...owners, ...(await this.#recordedAccounts())]);
        return [...accounts].filter((account) => account !== null).filter((account) => account !== '');
      }
      case 'operation':
        return unique((await this.#view.seen()).flatMap(({ seen }) => seen.operations));
      case 'region':
        return unique((await this.#view.seen()).flatMap(({ seen }) => seen.regions));
      default:
        return parameter satisfies never;
    }
  }

  /** The accounts that records came from; others are only named by them. */
  async #recordedAccounts(): Promise<ReadonlySet<string>> {
    const days = await this.#view.seen();
    return new Set(days.flatMap(({ seen }) => seen.places.map(({ accountId }) => accountId)));
  }

  /** The key names that seals have stored, and those of days that are not sealed yet. */
  async #everyKeyName(): Promise<string[]> {
    const sealed = await readKeyNames(this.#table);
    const planned = (await this.#view.open(this.#view.days())).filter((day) => day.isPlanned);
    return [...new Set([...sealed, ...planned.flatMap((day) => day.plannedKeyNames)])];
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function isKeyArn(reference: string): boolean {
  return reference.startsWith('arn:') && reference.includes(':key/');
}

function isNoArn(text: string): boolean {
  return !text.startsWith('arn:');
}
