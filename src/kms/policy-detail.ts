import { isObject, parsedJson } from '../cloudtrail/json-members.ts';

/** Somebody whom a key policy allows something. */
export interface PolicyPermission {
  /** An ARN, an account, a service; `*` for anyone. */
  readonly who: string;
  readonly actions: readonly string[];
  /** Whether a condition limits who or when. */
  readonly isConditional?: true;
}

/** What a key policy allows, as far as it is kept. The policy itself is not. */
export interface PolicyDetail {
  /** Anyone first, without a condition before with one. */
  readonly allows: readonly PolicyPermission[];
  /** Whether it allows more than that. */
  readonly isCut?: true;
  /** Whether it also denies something: that may narrow what it allows. */
  readonly hasDeny?: true;
}

/** KMS takes policies of 32 KB, which few statements fill. */
const MOST_PERMISSIONS = 20;
const MOST_ACTIONS = 8;
const LONGEST_WHO = 200;
const LONGEST_ACTION = 60;

const ANYONE = '*';

/**
 * What the policy in a request allows; undefined where there is none that can be read.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
 */
export function policyDetailOf(policy: unknown): PolicyDetail | undefined {
  const document = typeof policy === 'string' && policy !== '' ? parsedJson(policy) : policy;
  if (!isObject(document)) return undefined;
  const statements = listOf(document['Statement']).filter(isObject);
  const allowing = statements.filter((statement) => statement['Effect'] === 'Allow');
  const all = allowing.flatMap(permissionsIn);
  const allows = new Map(all.sort(byReach).map((one) => [JSON.stringify(one), one]));
  return {
    allows: [...allows.values()].slice(0, MOST_PERMISSIONS),
    ...(allows.size > MOST_PERMISSIONS ? { isCut: true } : {}),
    ...(statements.some((statement) => statement['Effect'] === 'Deny') ? { hasDeny: true } : {}),
  };
}

function permissionsIn(statement: Readonly<Record<string, unknown>>): PolicyPermission[] {
  const actions = actionsIn(statement);
  const isConditional = limits(statement['Condition']);
  return whoIn(statement).map((who) => ({ who, actions, ...(isConditional ? { isConditional } : {}) }));
}

function whoIn({ Principal: principal, NotPrincipal: other }: Readonly<Record<string, unknown>>): string[] {
  // It allows everybody else.
  if (principal === undefined) return other === undefined ? [] : [ANYONE];
  const names = isObject(principal) ? Object.values(principal).flatMap(listOf) : listOf(principal);
  return names.filter((name) => typeof name === 'string').map((name) => bounded(name, LONGEST_WHO));
}

function actionsIn({ Action: action, NotAction: other }: Readonly<Record<string, unknown>>): string[] {
  const named = listOf(action).filter((name) => typeof name === 'string');
  const actions = named.length > 0 || other === undefined ? named : [ANYONE];
  return actions.slice(0, MOST_ACTIONS).map((name) => bounded(name, LONGEST_ACTION));
}

/** Whether a condition limits anybody: not one that any caller meets. */
function limits(condition: unknown): true | undefined {
  if (!isObject(condition)) return undefined;
  const isLimit = Object.entries(condition).some(
    ([operator, keys]) =>
      isObject(keys) &&
      Object.entries(keys).some(
        ([key, values]) =>
          key.toLowerCase() !== 'aws:securetransport' &&
          !(/Like(?:IfExists)?$/.test(operator) && !/Not/.test(operator) && listOf(values).includes(ANYONE)),
      ),
  );
  return isLimit ? true : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function bounded(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}

function byReach(a: PolicyPermission, b: PolicyPermission): number {
  return reachOf(a) - reachOf(b);
}

function reachOf({ who, isConditional }: PolicyPermission): number {
  return (who === ANYONE ? 0 : 2) + (isConditional === true ? 1 : 0);
}

/** What a policy allows anyone without a condition. */
export function actionsOfAnyone({ allows }: PolicyDetail): readonly string[] {
  const open = allows.filter(({ who, isConditional }) => who === ANYONE && isConditional !== true);
  return [...new Set(open.flatMap(({ actions }) => actions))];
}
