/** When tests read records: after all that theirs are dated. Epoch milliseconds. */
export const readAt = (): number => Date.parse('2030-01-01T00:00:00Z');
