import type { ExpectationJudge, Verdict } from '../../../src/expectations/verdict.ts';
import type { WatchedUse } from '../../../src/expectations/watched-use.ts';

/** Says of each key named which principals may use it, for whatever; of other keys nothing. */
export function aJudge(allowed: Readonly<Record<string, readonly string[]>> = {}): ExpectationJudge {
  const judge = ({ keyArn, principal }: WatchedUse): Verdict => {
    const principals = keyArn === undefined ? undefined : allowed[keyArn];
    if (principals === undefined) return { expected: 'no-rule' };
    return principals.includes(principal.id ?? '')
      ? { expected: 'yes', expectation: `of ${keyArn}` }
      : { expected: 'no' };
  };
  return {
    name: JSON.stringify(allowed),
    judge,
    judgeAlike: judge,
    speaksOf: (keyArn) => keyArn !== undefined && allowed[keyArn] !== undefined,
    allowsPrincipal: (keyArn, principalId) =>
      keyArn !== undefined && allowed[keyArn]?.includes(principalId) === true,
  };
}
