/**
 * The table that the stack made, from a function's environment.
 * @throws Error at cold start where the stack does not name it
 */
export function tableNameOf(environment: Readonly<Record<string, string | undefined>>): string {
  const name = environment['KEYTRAIL_TABLE'];
  if (name === undefined || name === '') {
    throw new Error('KEYTRAIL_TABLE is not set; deploy the stack with serverless.yml, which sets it.');
  }
  return name;
}
