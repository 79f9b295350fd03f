import { BlockList, isIP } from 'node:net';

/** What is wrong with a text that has the form of a network; undefined if it is valid. */
export function networkFault(network: string): string | undefined {
  const { prefix, family } = partsOf(network);
  if (family === 0) return 'is no network: its address is not one of IPv4 or IPv6';
  const longest = family === 4 ? 32 : 128;
  if (prefix > longest) return `is no network: its prefix has at most ${longest} bits`;
  if (prefix === 0) return 'matches every address; leave it out';
  return undefined;
}

/** Returns a test whether an address is in one of the networks. `AWS Internal` and service names are in none. */
export function addressesIn(networks: readonly string[]): (sourceIp: string | undefined) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const { address, prefix, family } = partsOf(network);
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return (sourceIp) => {
    const family = sourceIp === undefined ? 0 : isIP(sourceIp);
    return sourceIp !== undefined && family !== 0 && list.check(sourceIp, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function partsOf(network: string): { address: string; prefix: number; family: number } {
  const [address = '', prefix = ''] = network.split('/');
  return { address, prefix: Number(prefix), family: isIP(address) };
}
