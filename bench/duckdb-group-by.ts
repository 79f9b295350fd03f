// What an import is compared with: DuckDB counting KMS events by name and key straight from the log files.
// Run by import.ts: node bench/duckdb-group-by.ts <threads> <AWSLogs folder> [fastest | plain]
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { findLogFiles } from '../src/import/find-log-files.ts';

/** The longest file when unzipped: a log file is one JSON object, and DuckDB wants to know the longest. */
function longestOutput(files: readonly string[]): number {
  let longest = 0;
  const tail = Buffer.alloc(4);
  for (const path of files) {
    const file = openSync(path, 'r');
    readSync(file, tail, 0, 4, fstatSync(file).size - 4);
    closeSync(file);
    longest = Math.max(longest, tail.readUInt32LE(0));
  }
  return longest;
}

const [threads = '1', folder = '', way = 'fastest'] = process.argv.slice(2);
const files = join(folder, '**', '*.json.gz');
const objectSize = Math.ceil(longestOutput(findLogFiles([folder]).files) * 1.1) + 65_536;
// `plain` is what one writes first and DuckDB answers without an error: it finds out the types of everything. `fastest` is
// the fastest of the ways tried: only the three members that the question needs are declared, each file is
// read as one line, in buffers as small as the longest file allows. (The formats `auto` and `unstructured`
// took a third longer than that, taking objects apart with JSON paths two thirds.)
const source =
  way === 'plain'
    ? `read_json('${files}', maximum_object_size = ${objectSize}, union_by_name = true)`
    : `read_json('${files}', format = 'newline_delimited', records = true, maximum_object_size = ${objectSize},
        columns = {Records: 'STRUCT(eventSource VARCHAR, eventName VARCHAR, resources STRUCT(ARN VARCHAR)[])[]'})`;
const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
const answer = await connection.runAndReadAll(`
  SELECT record.eventName, record.resources[1].ARN AS keyArn, count(*) AS uses
  FROM (SELECT unnest(Records) AS record FROM ${source})
  WHERE record.eventSource = 'kms.amazonaws.com'
  GROUP BY ALL`);
const rows = answer.getRowObjects();
const events = rows.reduce((total, row) => total + Number(row['uses']), 0);
console.log(JSON.stringify({ groups: rows.length, events }));
