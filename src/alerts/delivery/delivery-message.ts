import { parseJson } from '../../text/parse-json.ts';

/** A message of the delivery queue. It only names alerts; the table says what is undelivered. */
export function deliveryMessage(alertIds: readonly string[]): string {
  return JSON.stringify({ alertIds });
}

/** The ids in a message; undefined for any other text. */
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
