import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** Everything that an answer's row tells, in types that Parquet keeps small. */
const COLUMNS = {
  eventTimeMs: 'BIGINT',
  eventId: 'UUID',
  accountId: 'VARCHAR',
  region: 'VARCHAR',
  keyArn: 'VARCHAR',
  operation: 'VARCHAR',
  category: 'VARCHAR',
  outcome: 'VARCHAR',
  errorCode: 'VARCHAR',
  principal: 'VARCHAR',
  principalType: 'VARCHAR',
  principalAccount: 'VARCHAR',
  session: 'VARCHAR',
  via: 'VARCHAR',
  sourceIp: 'VARCHAR',
  userAgent: 'VARCHAR',
  encryptionContext: 'VARCHAR',
  jobs: 'VARCHAR',
};

export async function connectDuckDb(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: `${availableParallelism()}` });
  return instance.connect();
}

/** Writes the CSV files of a folder, which follow each other in time, into one Parquet file in the same order. */
export async function writeParquet(csvFolder: string, parquet: string): Promise<void> {
  const connection = await connectDuckDb();
  try {
    const columns = Object.entries(COLUMNS).map(([name, type]) => `'${name}': '${type}'`);
    await connection.run(`
      COPY (
        SELECT epoch_ms(eventTimeMs) AS eventTime, * EXCLUDE eventTimeMs REPLACE (string_split(jobs, '|') AS jobs)
        FROM read_csv('${join(csvFolder, '*.csv')}', header = false, delim = ',', quote = '"', escape = '"',
          columns = {${columns.join(', ')}})
      ) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    connection.closeSync();
  }
}
