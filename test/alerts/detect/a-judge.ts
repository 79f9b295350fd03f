import type { InspectedUse } from '../../../src/expectations/inspected-use.ts';
import type { ExpectationJudge, Verdict } from '../../../src/expectations/verdict.ts';
import { contentName } from '../../../src/table/content-name.ts';

/** Says of each key named which principals may use it, for whatever; of other keys nothing. */
export function aJudge(allowed: Readonly<Record<string, readonly string[]>> = {}): ExpectationJudge {
  const judge = ({ keyArn, principal }: InspectedUse): Verdict => {
    const principals = keyArn === undefined ? undefined : allowed[keyArn];
    if (principals === undefined) return { expected: 'no-rule' };
    return principals.includes(principal.id ?? '')
      ? { expected: 'yes', expectation: `of ${keyArn}` }
      : { expected: 'no' };
  };
  return {
    name: contentName(Buffer.from(JSON.stringify(allowed))),
    setName: contentName(Buffer.from(JSON.stringify(allowed))),
    judge,
    judgeAtAnyTime: judge,
    namesKey: (keyArn) => keyArn !== undefined && allowed[keyArn] !== undefined,
    isRetired: () => false,
    allowsPrincipal: (keyArn, principalId) =>
      keyArn !== undefined && allowed[keyArn]?.includes(principalId) === true,
  };
}
