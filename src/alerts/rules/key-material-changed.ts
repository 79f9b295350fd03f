import { keyLink, usageLink } from '../links.ts';
import type { UseRule } from '../rule.ts';
import { keyOf, keyText } from '../subject-of-use.ts';

const OPERATIONS = new Set(['ImportKeyMaterial', 'DeleteImportedKeyMaterial', 'RotateKeyOnDemand']);

/** ImportKeyMaterial, DeleteImportedKeyMaterial, RotateKeyOnDemand. */
export const keyMaterialChanged: UseRule = {
  id: 'key-material-changed',
  kind: 'use',
  when: 'streaming',
  severity: 'high',
  titleOf: (subject) => `The key material of ${keyText(subject)} was changed`,
  checkNext: (alert) => [
    `See which change it was, and who made it: ${usageLink(alert, { category: 'management' })}`,
    `If material was deleted, the key is of no use until the same is imported again: ${keyLink(alert)}`,
  ],
  falsePositives: ['A rotation that is due, or material that is imported again before it expires.'],
  fires: (use) =>
    OPERATIONS.has(use.operation) && use.outcome === 'success'
      ? { subject: keyOf(use), details: [`${use.operation} was called.`] }
      : undefined,
};
