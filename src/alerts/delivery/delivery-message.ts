import { parseJson } from '../../text/parse-json.ts';

/** A message of the delivery queue: which alerts to look at. What is to be delivered of them stands in the table. */
export function deliveryMessage(alertIds: readonly string[]): string {
  return JSON.stringify({ alertIds });
}

/** @returns undefined for what is no such message */
export function alertIdsOf(body: string): readonly string[] | undefined {
  try {
    const value = parseJson(body);
    if (typeof value !== 'object' || value === null || !('alertIds' in value)) return undefined;
    const { alertIds } = value;
    return Array.isArray(alertIds) && alertIds.every((id) => typeof id === 'string') ? alertIds : undefined;
  } catch {
    return undefined;
  }
}
