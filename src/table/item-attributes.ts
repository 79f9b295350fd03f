import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item, ItemKey } from './table.ts';

export function encodeKey(key: ItemKey): Record<string, AttributeValue> {
  return { pk: { S: key.pk }, sk: { S: key.sk } };
}

/** An item as DynamoDB has it. */
export function encodeItem(item: Item): Record<string, AttributeValue> {
  const attributes = encodeKey(item);
  if (item.version !== undefined) attributes['v'] = { N: String(item.version) };
  if (item.body !== undefined) attributes['b'] = item.body.length === 0 ? EMPTY : { B: item.body };
  for (const [name, value] of Object.entries(item.fields ?? {})) {
    attributes[name] = typeof value === 'number' ? { N: String(value) } : value === '' ? EMPTY : { S: value };
  }
  return attributes;
}

/** Stands for an empty text or empty bytes, which not every engine takes: DynamoDB did not before May 2020. */
const EMPTY: AttributeValue = { NULL: true };

export function decodeItem(attributes: Record<string, AttributeValue>): Item {
  const fields: Record<string, string | number> = {};
  let pk = '';
  let sk = '';
  let version: number | undefined;
  let body: Uint8Array | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'pk') pk = value.S ?? '';
    else if (name === 'sk') sk = value.S ?? '';
    else if (name === 'v') version = Number(value.N);
    else if (name === 'b') body = value.B ?? new Uint8Array();
    else if (name === 'w') continue;
    else if (value.S !== undefined) fields[name] = value.S;
    else if (value.N !== undefined) fields[name] = Number(value.N);
    else if (value.NULL === true) fields[name] = '';
  }
  return {
    pk,
    sk,
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...(version === undefined ? {} : { version }),
    ...(body === undefined ? {} : { body }),
  };
}
