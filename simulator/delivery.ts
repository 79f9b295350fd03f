import { gzipSync } from 'node:zlib';
import type { ByteStore } from './byte-store.ts';
import type { Random } from './random.ts';
import type { Emission, Slice } from './slice.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './time-text.ts';
import type { World } from './world.ts';

/** A file of the simulation, by its path below the bucket. */
export interface SimulatedFile {
  readonly path: string;
  /** Compressed where the path ends in `.gz`. */
  readonly bytes: Buffer;
  readonly uncompressedBytes: number;
  /** The number of records or EventBridge envelopes in it, and of KMS records among them. */
  readonly records: number;
  readonly kmsRecords: number;
  readonly kind: 'cloudtrail' | 'eventbridge';
}

const WINDOW_MS = 5 * MINUTE_MS;
/** Files are split near this size, well below CloudTrail's 50 MB. */
const FILE_BYTES = 4_500_000;

interface Delivery {
  readonly accountId: string;
  readonly region: string;
  readonly fileMs: number;
  readonly records: { readonly orderMs: number; readonly emission: Emission; readonly late: boolean }[];
}

/**
 * The delay of a file behind an event in it, in milliseconds. File-name time minus event time, in steps of five minutes,
 * then has a median near 3 minutes and a 99th percentile near 9, as in published captures.
 */
function delayMs(random: Random): number {
  if (random.chance(0.2)) return random.between(2.5, 5.1) * MINUTE_MS;
  return Math.min(-Math.log(1 - random.float()) * 0.35, 3) * MINUTE_MS;
}

function stamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace(/[-:]/g, '')}Z`;
}

function logPath(delivery: Delivery, random: Random, compressed: boolean): string {
  const { accountId, region, fileMs } = delivery;
  const day = new Date(fileMs).toISOString().slice(0, 10).replaceAll('-', '/');
  const file = `${accountId}_CloudTrail_${region}_${stamp(fileMs)}_${random.alphanumeric(16)}.json`;
  return `AWSLogs/${accountId}/CloudTrail/${region}/${day}/${file}${compressed ? '.gz' : ''}`;
}

function* filesOf(delivery: Delivery, slice: Slice, scratch: ByteStore): Generator<SimulatedFile> {
  const { random, world, bytes } = slice;
  const level = world.options.compressionLevel;
  delivery.records.sort((a, b) => a.orderMs - b.orderMs);
  let at = 0;
  while (at < delivery.records.length) {
    scratch.clear();
    scratch.add('{"Records":[');
    let records = 0;
    let kmsRecords = 0;
    while (at < delivery.records.length && scratch.length < FILE_BYTES) {
      const entry = delivery.records[at];
      if (entry === undefined) break;
      if (records > 0) scratch.add(',');
      const { start, end, kms } = entry.emission;
      const record = bytes.view(start, end);
      if (entry.late) scratch.add(withLateAddendum(record.toString('utf8')));
      else scratch.addBytes(record);
      records++;
      if (kms !== undefined) {
        kmsRecords++;
        kms.delivered++;
      }
      at++;
    }
    scratch.add(']}');
    const plain = scratch.view(0, scratch.length);
    yield {
      path: logPath(delivery, random, level > 0),
      bytes: level > 0 ? gzipSync(plain, { level }) : Buffer.from(plain),
      uncompressedBytes: plain.length,
      records,
      kmsRecords,
      kind: 'cloudtrail',
    };
  }
}

function withLateAddendum(text: string): string {
  const at = text.lastIndexOf(',"eventCategory":"Management"');
  if (at < 0 || text.includes('"addendum":')) return text;
  return `${text.slice(0, at)},"addendum":{"reason":"DELIVERY_DELAY"}${text.slice(at)}`;
}

/** Whether the trail was stopped then and there. */
function isLost(emission: Emission, world: World): boolean {
  const { gap } = world;
  return (
    gap !== undefined &&
    emission.timeMs >= gap.fromMs &&
    emission.timeMs < gap.toMs &&
    emission.accountId === gap.place.accountId &&
    emission.region === gap.place.region
  );
}

/** The log files and EventBridge files of one slice. Counts deliveries into the truth of its KMS records. */
export function* deliver(slice: Slice, scratch: ByteStore): Generator<SimulatedFile> {
  const { random, world } = slice;
  const { options } = world;
  const deliveries = new Map<string, Delivery>();
  const put = (emission: Emission, fileMs: number, late: boolean): void => {
    const id = `${emission.accountId} ${emission.region} ${fileMs}`;
    let delivery = deliveries.get(id);
    if (delivery === undefined) {
      delivery = { accountId: emission.accountId, region: emission.region, fileMs, records: [] };
      deliveries.set(id, delivery);
    }
    const displacedMs = random.chance(options.disorderShare) ? random.between(-90, 90) * SECOND_MS : 0;
    delivery.records.push({ orderMs: emission.timeMs + displacedMs, emission, late });
  };
  for (const emission of slice.emissions) {
    if (isLost(emission, world)) continue;
    let fileMs = Math.ceil((emission.timeMs + delayMs(random) + emission.laterMs) / WINDOW_MS) * WINDOW_MS;
    let late = false;
    if (random.chance(options.lateShare)) {
      fileMs += Math.ceil((HOUR_MS * (1 + random.float() * 20)) / WINDOW_MS) * WINDOW_MS;
      late = random.chance(0.5);
    }
    put(emission, fileMs, late);
    if (random.chance(options.duplicateShare)) put(emission, fileMs + WINDOW_MS * (1 + random.int(2)), late);
  }
  for (const delivery of deliveries.values()) yield* filesOf(delivery, slice, scratch);
  yield* envelopeFiles(slice);
}

function* envelopeFiles(slice: Slice): Generator<SimulatedFile> {
  const byHour = new Map<number, string[]>();
  for (const envelope of slice.envelopes) {
    const hour = Math.floor(envelope.deliveredMs / HOUR_MS) * HOUR_MS;
    const lines = byHour.get(hour);
    if (lines === undefined) byHour.set(hour, [envelope.text]);
    else lines.push(envelope.text);
  }
  for (const [hourMs, lines] of byHour) {
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    const day = new Date(hourMs).toISOString().slice(0, 10).replaceAll('-', '/');
    yield {
      path: `EventBridge/${day}/sagemaker_${stamp(hourMs)}_${slice.random.alphanumeric(16)}.ndjson`,
      bytes,
      uncompressedBytes: bytes.length,
      records: lines.length,
      kmsRecords: 0,
      kind: 'eventbridge',
    };
  }
}
