import { BlockList, isIP } from 'node:net';
import type { Expectation } from '../../src/expectations/expectation.ts';
import type { InspectedUse } from '../../src/expectations/inspected-use.ts';
import type { Verdict } from '../../src/expectations/verdict.ts';

/** What an alias meant, one after the other, each since a time; the first since ever where that is absent. */
export interface Meant {
  /** `alias/x` of this account and Region. */
  readonly alias: string;
  readonly account: string;
  readonly region: string;
  readonly keyArn: string;
  readonly sinceMs?: number;
}

/**
 * The verdict by what the documents say, asked of every expectation one by one: nothing is indexed, compiled or kept.
 */
export function naiveVerdict(
  expectations: readonly Expectation[],
  use: InspectedUse,
  meant: readonly Meant[],
  mlKeys: readonly string[],
): Verdict {
  const begun = expectations
    .filter(({ from }) => from === undefined || Date.parse(from) <= use.eventTimeMs)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const speaking = begun.filter(({ keys }) => keys.some((key) => namesKey(key, use, meant, mlKeys)));
  const allowing = speaking.filter(
    (expectation) =>
      (expectation.expires === undefined || use.eventTimeMs < Date.parse(expectation.expires)) &&
      expectation.principals.some((principal) => namesPrincipal(principal, use)) &&
      expectation.operations.some((operation) => operation === use.operation || operation === use.category) &&
      holdsButJobs(expectation, use),
  );
  const isJobs = use.joinedTo !== undefined && use.joinedTo.status !== 'none';
  const yes = allowing.find(({ only }) => only?.jobs === undefined || isJobs);
  if (yes !== undefined) return { expected: 'yes', expectation: yes.id };
  if (speaking.length === 0) return { expected: 'no-rule' };
  if (
    use.category === 'management' &&
    ['Describe', 'Get', 'List'].some((word) => use.operation.startsWith(word))
  )
    return { expected: 'no-rule' };
  if (allowing.length === 0) return { expected: 'no' };
  return { expected: 'no', jobOnly: use.joinedTo === undefined ? 'undecided' : 'refuted' };
}

function namesKey(
  key: string,
  use: InspectedUse,
  meant: readonly Meant[],
  mlKeys: readonly string[],
): boolean {
  const { keyArn, keyRef } = use;
  if (key === 'ml') return keyArn !== undefined && mlKeys.includes(keyArn);
  if (key.startsWith('account:')) {
    const account = keyArn?.split(':')[4] ?? aliasOf(keyRef, use)?.account;
    return account === key.slice(8);
  }
  if (!key.includes('alias/')) return keyArn === key;
  const [, , , region, account] = key.startsWith('arn:') ? key.split(':') : [];
  const alias = key.slice(key.indexOf('alias/'));
  const said = aliasOf(keyRef, use);
  const isSaid =
    said?.alias === alias && (account === undefined || (said.account === account && said.region === region));
  const isMeant = meant.some(
    (each) =>
      each.alias === alias &&
      each.keyArn === keyArn &&
      (account === undefined || (each.account === account && each.region === region)) &&
      (each.sinceMs ?? Number.NEGATIVE_INFINITY) <= use.eventTimeMs,
  );
  return isSaid || isMeant;
}

function aliasOf(keyRef: string | undefined, { accountId, region }: InspectedUse) {
  if (keyRef === undefined) return undefined;
  if (keyRef.startsWith('alias/')) return { alias: keyRef, account: accountId, region };
  const parts = keyRef.split(':');
  const alias = parts[5];
  return alias?.startsWith('alias/') ? { alias, region: parts[3], account: parts[4] } : undefined;
}

function namesPrincipal(principal: Expectation['principals'][number], use: InspectedUse): boolean {
  const { type, id, accountId } = use.principal;
  const isService = type === 'service';
  if (typeof principal !== 'string')
    return !isService && accountId !== undefined && principal.accounts.includes(accountId);
  if (principal.startsWith('account:')) return !isService && accountId === principal.slice(8);
  if (principal.startsWith('service:')) return isService && global(id ?? '') === global(principal.slice(8));
  if (isService || id === undefined) return false;
  if (principal.startsWith('id:'))
    return type !== 'role' && type !== 'user' && type !== 'root' && id === principal.slice(3);
  if (!principal.includes(`:${type}`) && !(type === 'federated' && principal.includes(':federated-user/')))
    return false;
  return principal.endsWith('/*') ? id.startsWith(principal.slice(0, -1)) : id === principal;
}

function global(host: string): string {
  const parts = host.split('.');
  return parts.length > 3 ? [...parts.slice(0, -3), ...parts.slice(-2)].join('.') : host;
}

function holdsButJobs({ only = {} }: Expectation, use: InspectedUse): boolean {
  const { via, vpcEndpoints, networks, times } = only;
  if (via !== undefined && !via.some((host) => global(host) === global(use.principal.via ?? '')))
    return false;
  if (vpcEndpoints !== undefined && !vpcEndpoints.some((id) => id === use.vpcEndpointId)) return false;
  if (networks !== undefined && !networks.some((network) => isIn(network, use.sourceIp ?? ''))) return false;
  const at = new Date(use.eventTimeMs).toUTCString();
  const clock = at.slice(17, 22);
  return (
    times === undefined ||
    times.some(
      ({ days, from, to }) =>
        (days === undefined || days.includes(at.slice(0, 3).toLowerCase())) && from <= clock && clock < to,
    )
  );
}

function isIn(network: string, address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const [start = '', bits = ''] = network.split('/');
  const list = new BlockList();
  list.addSubnet(start, Number(bits), isIP(start) === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
