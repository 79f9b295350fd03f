import { AWS_DNS_SUFFIX } from './aws-dns-suffix.ts';

const SERVICE = new RegExp(String.raw`^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.${AWS_DNS_SUFFIX}$`);
const USUAL = '.amazonaws.com';

/**
 * The service that an `eventSource` names, by its host in `amazonaws.com`, whatever the partition's own domain is;
 * `undefined` where it is no service's host: `aws:sqs`, or what a tool calls itself.
 */
export function serviceOfSource(eventSource: string): string | undefined {
  if (eventSource.endsWith(USUAL) && eventSource.length > USUAL.length) return eventSource;
  const name = eventSource.length > 255 ? undefined : SERVICE.exec(eventSource)?.[1];
  return name === undefined ? undefined : name + USUAL;
}
