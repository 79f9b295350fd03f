import { createHash } from 'node:crypto';
import { padded } from '../../table/content-name.ts';
import type { ItemKey } from '../../table/table.ts';

/**
 * Where everything lies in the table. Days are `2026-03-01`; versions and generations are padded so that
 * sort keys order as numbers do.
 *
 *   D                        <day>                       the day: what is sealed and what is not (changes)
 *   S#<day>#<generation>     <hour>.<hash>.<origin>.<batch>  a segment: one batch's facts of one or more hours
 *   S#<day>#<generation>#<shard>  the same               a large one
 *   C#<day>                  <version>.<hash>            a chunk of sealed rows
 *   R#<day>                  <version>.<tag>             the root of a sealed version of the day
 *   R#<day>                  <version>.<tag>.directory   who used which key in it
 *   I#<bits>#<bucket>        <day>.<version>.<tag>       event ids whose first <bits> bits are <bucket>, of a day
 *   P#<bucket>               <day>.<version>.<tag>       a page: key-days of the keys in the bucket
 *   Y#<bucket>               <day>.<version>.<tag>       a page: job-days of the jobs in the bucket
 *   H                        <day>.<version>.<tag>       what a day has rows of: places by hour, operations
 *   T#<day>                  <version>.<hash>            what the judgements of a sealed version depend on
 *   N                        <hash>                      job facts that wait to be settled
 *   J                        <partition key>             the partition keys that have job facts of some day
 *   J#<month>                <day>.<version>.<hash>      job facts of a day
 *   J#lasting                <day>.<version>.<hash>      job facts of resources that may live for ever
 *   J#issued#<month>         <day>.<version>.<hash>      of credentials that SageMaker was given
 *   J#aliases                <day>.<version>.<hash>      of aliases
 *   K                        <key name>                  keys and references that were ever used
 *   U#<bucket>               <day>.<version>.<tag>       which pages of a day have uses by which principals
 *   A, F                     <account>/<region>|…        facts of aliases and marks of an earlier version
 *   G                        <account>/<region>/<alias>  marks that some job's request names a key so
 *   X                        <original event id>|<day>   marks that a day has an addendum to an event
 *   O                        <origin>|<day>.<version>    what a seal counted of an import
 *   L                        <day>.<version>.<tag>       what a seal replaced, to be swept
 *   Q                        <hash>                      quarantine
 *   W#<day>                  <time>.<id>                 who looked at what, through the API
 *   source#<kind><character>  <source id>.<hash>         a log file that was read; see `source.ts`
 *   B                        <account>/<region>/<from>/<to>/<source>  how far a backfill has come (changes)
 *   alert                    <alert id>                  an alert (changes)
 *   alert#<id>               <number>                    old changes of one
 *   alert-day#<day>          <alert id>                  says that an alert may have evidence of a day
 *   alert-stopped            <alert id>                  says that it may be one of a use that stopped
 *   alert-outbox             <alert id>.<change>        a change that not every channel has taken yet
 *   alert-pace               <channel>                   how many notices a channel had of late (changes)
 *   expectation              <revision>.<hash>           all expectations that stand
 *   expectation              revision                    which of these it is (changes)
 *   expectation#<id>         <number>.<hash>             a version of one
 *   expectation-need         <id>                        when it was last needed (changes)
 *   seen#<key name>          <principal>                 when a principal was first seen on a key (changes)
 *   watched                  <day>                       a day as detection last checked it (changes)
 *   watched-jobs             <day>                       its jobs as detection last checked them (changes)
 *   V                        <month>                     months that have something of the next
 *   V#<month>                <time>.<event id>           what was done to a trail, or to a rule of Keytrail's
 *   seal                     <index>                     a leaf of the log of sealed days, see `src/proof/seal-log.ts`
 *   seal-day                 <day>                       which leaf is the newest of a day (changes)
 *   checkpoint               <size>                      a signed head of that log
 *   expiry                   <time>.<run>                a run of the retention (changes until it ends)
 *   expiry-day               <day>.<root>                what there was of a day that has expired, by key
 *   hold                     <id>                        a legal hold (changes when it is released)
 *   M                        <name>                      what belongs to the history as a whole
 *   M                        watch, watched-keys         who runs a detection; key facts (change)
 *   M                        seals                       what the log of sealed days says of itself (changes)
 *   M                        backfill/<account>/<region> which backfill reads there, and until when (changes)
 */
const PAGE_BUCKETS = 512;
const JOB_PAGE_BUCKETS = 64;

export const dayKey = (day: string): ItemKey => ({ pk: 'D', sk: day });

/** Shard 0 has no number of its own; see `write-shards.ts`. */
export const segmentPk = (day: string, generation: number, shard = 0) =>
  `S#${day}#${padded(generation)}${shard === 0 ? '' : `#${shard.toString(16)}`}`;

export const chunkPk = (day: string) => `C#${day}`;
export const rootPk = (day: string) => `R#${day}`;
export const indexPk = (bits: number, bucket: number) => `I#${bits}#${bucket.toString(16)}`;
/** The sort key of a root: the version of its day, and its tag. */
export const rootNameOf = (version: number, tag: string) => `${padded(version)}.${tag}`;
/** The sort key of an item that is named by the root that commits it, under a partition key of all days. */
export const taggedName = (day: string, version: number, tag: string) => `${day}.${padded(version)}.${tag}`;
export const directoryName = (rootName: string) => `${rootName}.directory`;
export const pointersPk = (bucket: number) => `U#${bucket}`;
export const pagePk = (bucket: number) => `P#${bucket.toString(16).padStart(3, '0')}`;

/** The partition key of what each day has rows of. */
export const DAY_SEEN_PK = 'H';
export const jobPagePk = (bucket: number) => `Y#${bucket.toString(16).padStart(2, '0')}`;
export const dependenciesPk = (day: string) => `T#${day}`;

/** The page bucket of a key or reference. */
export function bucketOf(keyName: string): number {
  return hashed16(keyName) % PAGE_BUCKETS;
}

/** The page bucket of a job, by its ARN. */
export function jobBucketOf(arn: string): number {
  return hashed16(arn) % JOB_PAGE_BUCKETS;
}

export const JOB_BUCKETS: readonly number[] = Array.from({ length: JOB_PAGE_BUCKETS }, (_, bucket) => bucket);

function hashed16(text: string): number {
  return createHash('sha256').update(text).digest().readUInt16BE(0);
}
