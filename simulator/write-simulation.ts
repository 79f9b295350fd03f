import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type SimulateCallbacks, simulate } from './simulate.ts';
import type { SimulationOptions } from './simulation-options.ts';

export interface SimulationSummary {
  /** CloudTrail log files, and EventBridge files. */
  readonly files: number;
  readonly eventFiles: number;
  /** CloudTrail records in the log files, repeated deliveries counted again; those of KMS among them. */
  readonly records: number;
  readonly kmsRecords: number;
  /** Distinct KMS event ids that were delivered at least once. */
  readonly kmsEvents: number;
  /** EventBridge envelopes. */
  readonly stateChanges: number;
  readonly jobs: number;
  readonly incidents: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
}

/** Writes a simulation below a folder, and its truth as NDJSON to `truthFile`, which should be outside of it. */
export function writeSimulation(
  folder: string,
  options: SimulationOptions,
  settings: { readonly truthFile?: string; readonly part?: SimulateCallbacks['part'] } = {},
): SimulationSummary {
  const summary = {
    files: 0,
    eventFiles: 0,
    records: 0,
    kmsRecords: 0,
    kmsEvents: 0,
    stateChanges: 0,
    jobs: 0,
    incidents: 0,
    uncompressedBytes: 0,
    compressedBytes: 0,
  };
  const folders = new Set<string>();
  const truth = settings.truthFile === undefined ? undefined : openSync(settings.truthFile, 'w');
  let lines: string[] = [];
  const flush = (): void => {
    if (truth !== undefined && lines.length > 0) writeSync(truth, `${lines.join('\n')}\n`);
    lines = [];
  };
  try {
    const files = simulate(options, {
      ...(settings.part === undefined ? {} : { part: settings.part }),
      onTruth: (line) => {
        if (line.truth === 'job') summary.jobs++;
        else if (line.truth === 'incident') summary.incidents++;
        else if (line.delivered > 0) summary.kmsEvents++;
        if (truth !== undefined && lines.push(JSON.stringify(line)) >= 4096) flush();
      },
    });
    for (const file of files) {
      const path = join(folder, file.path);
      const parent = dirname(path);
      if (!folders.has(parent)) {
        mkdirSync(parent, { recursive: true });
        folders.add(parent);
      }
      writeFileSync(path, file.bytes);
      summary.uncompressedBytes += file.uncompressedBytes;
      summary.compressedBytes += file.bytes.length;
      if (file.kind === 'cloudtrail') {
        summary.files++;
        summary.records += file.records;
        summary.kmsRecords += file.kmsRecords;
      } else {
        summary.eventFiles++;
        summary.stateChanges += file.records;
      }
    }
    flush();
  } finally {
    if (truth !== undefined) closeSync(truth);
  }
  return summary;
}
