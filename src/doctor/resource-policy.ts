import { isObject, parsedJson } from '../cloudtrail/json-members.ts';
import { matchesWildcard } from '../text/wildcard.ts';

/** `unsure` depends on a condition that only AWS can judge. */
export type PolicyVerdict = 'yes' | 'no' | 'unsure';

/** A call that a resource policy allows or denies. */
export interface PolicyRequest {
  /** A service, an account, or any account of an organisation. */
  readonly principal:
    | { readonly kind: 'service'; readonly name: string }
    | { readonly kind: 'account'; readonly id: string }
    | { readonly kind: 'anyone' };
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys by their names in lower case; the value of any other key is unknown. */
  readonly conditionKeys: Readonly<Record<string, string>>;
}

/**
 * Whether a resource policy allows a call: some statement allows it and none denies it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function allows(policyText: string | undefined, request: PolicyRequest): PolicyVerdict {
  const policy = parsedJson(policyText ?? '');
  const statements = isObject<'Statement'>(policy) ? listOf(policy.Statement) : [];
  const verdictOf = (effect: string) =>
    any(
      statements.map((statement) =>
        isObject<StatementMember>(statement) && statement.Effect === effect
          ? applies(statement, request)
          : 'no',
      ),
    );
  return all([verdictOf('Allow'), not(verdictOf('Deny'))]);
}

type StatementMember = 'Action' | 'Condition' | 'Effect' | 'Principal' | 'Resource';

function applies(
  statement: { readonly [Member in StatementMember]?: unknown },
  request: PolicyRequest,
): PolicyVerdict {
  // A statement with NotAction, NotResource or NotPrincipal lacks the plain element: only AWS judges it.
  const names = (element: unknown, name: string, ignoresCase: boolean): PolicyVerdict =>
    element === undefined
      ? 'unsure'
      : verdict(
          textsIn(element).some((text) => matchesWildcard(text, name, { hasSingle: true, ignoresCase })),
        );
  return all([
    names(statement.Action, request.action, true),
    names(statement.Resource, request.resource, false),
    isPrincipal(statement.Principal, request.principal),
    conditionsHold(statement.Condition, request.conditionKeys),
  ]);
}

function isPrincipal(element: unknown, principal: PolicyRequest['principal']): PolicyVerdict {
  if (element === undefined) return 'unsure';
  if (element === '*') return 'yes';
  if (!isObject<'AWS' | 'Service'>(element)) return 'no';
  const { AWS, Service } = element;
  const accounts = textsIn(AWS);
  if (accounts.includes('*')) return 'yes';
  switch (principal.kind) {
    case 'service':
      return verdict(textsIn(Service).includes(principal.name));
    case 'account': {
      const root = new RegExp(`^(arn:[^:]+:iam::)?${principal.id}(:root)?$`);
      if (accounts.some((account) => root.test(account))) return 'yes';
      // A role of that account may be the one that the account's rules send with.
      return accounts.some((account) => account.includes(`::${principal.id}:`)) ? 'unsure' : 'no';
    }
    case 'anyone':
      return 'no';
    default:
      return principal satisfies never;
  }
}

function conditionsHold(element: unknown, keys: Readonly<Record<string, string>>): PolicyVerdict {
  if (!isObject(element)) return element === undefined ? 'yes' : 'unsure';
  return all(
    Object.entries(element).flatMap(([operator, wanted]: [string, unknown]) =>
      isObject(wanted)
        ? Object.entries(wanted).map(([name, values]: [string, unknown]) => {
            const key = name.toLowerCase();
            const value = Object.hasOwn(keys, key) ? keys[key] : undefined;
            return conditionHolds(operator, value, textsIn(values));
          })
        : ['unsure' as const],
    ),
  );
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function conditionHolds(
  operator: string,
  value: string | undefined,
  wanted: readonly string[],
): PolicyVerdict {
  if (value === undefined) return 'unsure';
  switch (operator.replace(/IfExists$/, '')) {
    case 'StringEquals':
      return verdict(wanted.includes(value));
    case 'StringNotEquals':
      return verdict(!wanted.includes(value));
    case 'StringEqualsIgnoreCase':
    case 'Bool':
      return verdict(wanted.some((text) => text.toLowerCase() === value.toLowerCase()));
    case 'StringLike':
    case 'ArnEquals':
    case 'ArnLike':
      return verdict(wanted.some((text) => matchesWildcard(text, value, { hasSingle: true })));
    case 'StringNotLike':
    case 'ArnNotEquals':
    case 'ArnNotLike':
      return verdict(!wanted.some((text) => matchesWildcard(text, value, { hasSingle: true })));
    default:
      return 'unsure';
  }
}

function verdict(isTrue: boolean): PolicyVerdict {
  return isTrue ? 'yes' : 'no';
}

function not(one: PolicyVerdict): PolicyVerdict {
  return one === 'unsure' ? one : verdict(one === 'no');
}

function all(verdicts: readonly PolicyVerdict[]): PolicyVerdict {
  if (verdicts.includes('no')) return 'no';
  return verdicts.includes('unsure') ? 'unsure' : 'yes';
}

function any(verdicts: readonly PolicyVerdict[]): PolicyVerdict {
  return not(all(verdicts.map(not)));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function textsIn(value: unknown): string[] {
  // A JSON boolean is valid where a condition expects the text `true`.
  return listOf(value).flatMap((one) =>
    typeof one === 'string' || typeof one === 'boolean' || typeof one === 'number' ? [String(one)] : [],
  );
}
