import { expect, test } from 'vitest';
import { History } from '../../src/history/query/history.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { aKmsRecord, aResource, keyArn, otherKeyArn } from '../builders/cloud-trail-record.ts';
import { comparable } from '../oracle/oracle.ts';
import { guid } from '../oracle/universe.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { append, everyRow, oracleOf } from './delivered-records.ts';

const at = (day: number, hour: number) => ({
  eventTime: `2026-03-0${day}T0${hour}:00:00Z`,
  eventID: guid('escaped names', day, hour),
});

const aPointing = (day: number, hour: number, aliasName: string, arn: string) =>
  aKmsRecord('UpdateAlias', {
    ...at(day, hour),
    requestParameters: { aliasName, targetKeyId: arn },
    resources: [aResource(arn)],
  });

const aUse = (day: number, hour: number, keyId: string) =>
  aKmsRecord('DescribeKey', { ...at(day, hour), requestParameters: { keyId }, resources: undefined });

test('sealing comes to its end whatever aliases are called', async () => {
  // V8 may take the second for the first, which is how JSON begins to write it: see parse-json.ts. A day that
  // read other aliases than it wrote would invalidate the other days with each seal, and they would invalidate it.
  const [taken, name] = ['alias/x\\"', 'alias/x"y'];
  const first = [aPointing(4, 1, 'alias/a', keyArn), aPointing(4, 2, taken, keyArn), aUse(4, 3, taken)];
  const more = [aPointing(4, 4, 'alias/a', otherKeyArn)];
  const others = [1, 2].flatMap((day) => [
    aPointing(day, 1, 'alias/a', keyArn),
    aPointing(day, 2, name, day === 1 ? keyArn : otherKeyArn),
    aUse(day, 3, name),
  ]);
  const table = new MemoryTable();
  let seals = 0;
  const onDay = () => {
    seals++;
    // Nothing here waits for anything outside: only a throw ends it.
    if (seals > 50) throw new Error('days are sealed again and again');
  };
  for (const batch of [first, more, others]) {
    await append(table, batch, 'me');
    await sealAll(table, 'me', 'test', { onDay });
  }
  const rows = await everyRow(new History(table));
  expect(rows.map(comparable)).toEqual(
    oracleOf([...first, ...more, ...others])
      .rows()
      .map(comparable),
  );
});
