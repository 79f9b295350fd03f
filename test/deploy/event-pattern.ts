/**
 * Whether EventBridge would match the event: the part of its pattern language that the rules use.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matchesPattern(pattern: object, event: unknown): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or') return anyOf(wanted, (part) => isObject(part) && matchesPattern(part, event));
    const value = isObject(event) ? Reflect.get(event, name) : undefined;
    if (Array.isArray(wanted)) return wanted.some((matcher: unknown) => matchesValue(matcher, value));
    return isObject(wanted) && matchesPattern(wanted, value);
  });
}

function matchesValue(matcher: unknown, value: unknown): boolean {
  if (!isObject(matcher)) return matcher === value;
  const [[operator, operand] = []] = Object.entries(matcher);
  switch (operator) {
    case 'prefix':
      return typeof value === 'string' && [operand].flat().some((prefix) => value.startsWith(String(prefix)));
    case 'anything-but':
      return value !== undefined && !matchesValue(operand, value);
    case 'exists':
      return (value !== undefined) === operand;
    default:
      throw new Error(`The operator ${operator} is not known here; add it.`);
  }
}

function anyOf(values: unknown, matches: (value: unknown) => boolean): boolean {
  return Array.isArray(values) && values.some(matches);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
