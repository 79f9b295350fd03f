import * as z from 'zod';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Condition: z.string().optional(),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});

/** A CloudFormation template as JSON. */
export const templateSchema = z.looseObject({
  Parameters: z.record(z.string(), z.looseObject({ Default: z.unknown().optional() })).default({}),
  Resources: z.record(z.string(), resourceSchema),
});

export type Template = z.infer<typeof templateSchema>;

/** `Fn::GetAtt` of a resource, as `arnOf('Queue')`. */
export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Which resource an ARN is of. */
export const arnSchema = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** The properties of every resource of a type, by logical id, in the shape that the test relies on. */
export function resourcesOf<Properties>(
  template: Template,
  type: string,
  properties: z.ZodType<Properties>,
): ReadonlyMap<string, Properties> {
  return new Map(
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, properties.parse(resource.Properties)]),
  );
}

/** Every object anywhere in a value that has the member. */
export function objectsWith(member: string, value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap((part) => objectsWith(member, part));
  return member in value ? [value, ...inside] : inside;
}
