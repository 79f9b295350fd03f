import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERTS_FILE, deliverLocally } from '../../../src/alerts/delivery/deliver-locally.ts';
import { pendingAlerts } from '../../../src/alerts/delivery/outbox.ts';
import { acknowledged } from '../../../src/alerts/store/alert-states.ts';
import { changeAlert } from '../../../src/alerts/store/alert-store.ts';
import { MemoryTable } from '../../table/memory-table.ts';
import { alertsOfKeys, anAlert, NOON_MS, putAlerts } from './an-alert.ts';

describe('on one machine', () => {
  let folder: string;
  let table: MemoryTable;
  let shown: string;
  let nowMs: number;
  let nextId = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keytrail-alerts-'));
    table = new MemoryTable();
    shown = '';
    nowMs = NOON_MS;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const deliverAll = () =>
    deliverLocally(table, {
      folder,
      write: (text) => {
        shown += text;
      },
      now: () => nowMs,
      newId: () => `id-${nextId++}`,
    });
  const written = async () =>
    (await readFile(join(folder, ALERTS_FILE), 'utf8')).split('\n').filter((line) => line !== '');

  it('an alert is a line at the terminal and a line in the file', async () => {
    const [id = ''] = await putAlerts(table, [anAlert()]);
    await deliverAll();
    await changeAlert(table, id, (alert) => alert && acknowledged(alert, 'ana', 'a drill', nowMs));
    await deliverAll();
    await deliverAll();
    expect(shown.split('\n')).toEqual([
      expect.stringMatching(/^alert \(critical\) root-use: The root user of account .* \[found\]$/),
      expect.stringMatching(/^alert \(critical, acknowledged\) root-use: .* \[a drill by ana\]$/),
      '',
    ]);
    const lines = (await written()).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { id: `${id}.1`, state: 'open' },
      { id: `${id}.2`, state: 'acknowledged', change: { by: 'ana', reason: 'a drill' } },
    ]);
    expect((await stat(join(folder, ALERTS_FILE))).mode & 0o777).toBe(0o600);
  });

  it('texts of records do nothing to the terminal', async () => {
    const subject = { keyRef: '\u001b]0;x\u0007\u001b[2J\r\nalert (low) x\u202e', accountId: '\u009b31m' };
    await putAlerts(table, [anAlert({ subject })]);
    await deliverAll();
    expect(shown).toMatch(/^[^\p{Cc}\p{Cf}]+\n$/u);
    expect(await written()).toHaveLength(1);
  });

  it('writes many changes as a few lines at the terminal, and as a line each to the file', async () => {
    await putAlerts(table, alertsOfKeys(200, { rule: 'volume-spike' }));
    await deliverAll();
    expect(shown).toBe(
      [
        '200 changes of 200 alerts came at once. This notice stands for all of them.',
        '200 × volume-spike (medium): open',
        'The alerts: /v1/alerts',
        '',
      ].join('\n'),
    );
    expect(await written()).toHaveLength(200);
  });

  it('a line that a crash cut off does not spoil the next', async () => {
    await writeFile(join(folder, ALERTS_FILE), '{"version":1}\n');
    await appendFile(join(folder, ALERTS_FILE), '{"versi');
    const [id] = await putAlerts(table, [anAlert()]);
    await deliverAll();
    const lines = await written();
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ alertId: id });
  });

  it('a file that cannot be written keeps the alert in the outbox, until it can', async () => {
    const [id] = await putAlerts(table, [anAlert()]);
    await rm(folder, { recursive: true });
    const { failed } = await deliverAll();
    expect(failed).toMatchObject([
      { channel: 'file', alertId: id, why: expect.stringContaining('writable') },
    ]);
    expect(await pendingAlerts(table, nowMs)).toEqual([id]);
    folder = await mkdtemp(join(tmpdir(), 'keytrail-alerts-'));
    await chmod(folder, 0o700);
    nowMs += 60_000;
    await deliverAll();
    expect(await written()).toHaveLength(1);
    expect(shown.match(/\n/g)).toHaveLength(1);
  });
});
