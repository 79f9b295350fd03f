import * as z from 'zod';
import { components } from './components.ts';

const hash = z.string().describe('32 bytes, base64');
const count = z.int().min(0);
const instant = z.string().meta({ format: 'date-time', description: 'UTC, with `Z`' });

const log = {
  origin: z.string().optional().describe('Names the history; absent before anything is sealed'),
  key: z
    .string()
    .optional()
    .describe(
      'The public key of its checkpoints, as C2SP signed-note writes it; absent where none is signed',
    ),
};

const seal = z
  .object({
    day: z.string().meta({ format: 'date' }),
    version: z.int().min(1).describe('How often the day was sealed'),
    index: count.describe('Its place in the log of seals'),
    isSigned: z.boolean().describe('Whether a checkpoint covers it'),
    rows: count,
    facts: count.describe('Copies and versions of records, those that no answer shows included'),
    factsRoot: hash.describe('The RFC 6962 root over the facts of its hours'),
    judgementsRoot: hash.describe('The RFC 6962 root over which job made which use'),
    root: z.string().describe('The name of its table of contents'),
    rootHash: hash.describe('SHA-256 of that'),
    firstSeen: instant.optional(),
    lastSeen: instant.optional(),
  })
  .register(components, { id: 'Seal' });

const provenSeal = z
  .object({
    ...seal.shape,
    leaf: z.string().describe('The bytes of the leaf in the log: canonical JSON'),
    proof: z.string().optional().describe('A C2SP tlog-proof of the leaf; absent while it is not signed'),
  })
  .register(components, { id: 'ProvenSeal' });

const checkpoint = z
  .object({
    size: count.describe('Seals that it covers'),
    root: hash,
    note: z.string().describe('The signed note; keep it elsewhere, and give it to `keytrail verify --since`'),
  })
  .register(components, { id: 'Checkpoint' });

const next = z.string().optional().describe('Give it as `cursor` for the next page; absent on the last');

export const sealPageSchema = z
  .object({ items: z.array(seal), next, ...log })
  .register(components, { id: 'SealPage' });

export const daySealsSchema = z
  .object({ items: z.array(provenSeal), ...log })
  .register(components, { id: 'DaySeals' });

export const eventProofsSchema = z
  .object({
    items: z.array(
      z.object({
        proof: z
          .string()
          .describe("A C2SP tlog-proof of the day's seal; its extra data leads there from the fact"),
      }),
    ),
  })
  .register(components, { id: 'EventProofs' });

export const checkpointPageSchema = z
  .object({ items: z.array(checkpoint), next, ...log })
  .register(components, { id: 'CheckpointPage' });
