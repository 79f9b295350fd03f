import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { evidenceOf } from '../../src/alerts/alert.ts';
import { SEVERITIES } from '../../src/alerts/rule-id.ts';
import { RULES, USE_RULES } from '../../src/alerts/rules/rules.ts';
import { listAlerts } from '../../src/alerts/store/alert-store.ts';
import { compileExpectations } from '../../src/expectations/compile-expectations.ts';
import { expectationSchema } from '../../src/expectations/schema.ts';
import { sealAll } from '../../src/history/seal/seal-day.ts';
import { append } from '../history/delivered-records.ts';
import { MemoryTable } from '../table/memory-table.ts';
import { detect, streamingDetector, usesOf } from './detect/detections.ts';

const DOCUMENT = readFileSync(path.join(import.meta.dirname, '../../docs/alert-rules.md'), 'utf8');
const FOLDER = path.join(import.meta.dirname, 'events');

const record = z.record(z.string(), z.unknown());
/**
 * Events of one story. `repeat` stands for records that differ in their time and id; `again` for the records before
 * once more, as they came. What must fire says its subject, and how many uses are found of it.
 */
const storySchema = z.strictObject({
  about: z.string(),
  expectations: z.array(expectationSchema).default([]),
  subject: z.record(z.string(), z.string()).optional(),
  count: z.number().optional(),
  /** Of the alert, when it differs by what the record shows. */
  severity: z.enum(SEVERITIES).optional(),
  /** Only for streaming rules: the streaming detector cannot see that this must fire, the detection can. */
  later: z.boolean().default(false),
  records: z.array(
    z.union([
      z.strictObject({ repeat: z.strictObject({ record, times: z.number(), everySeconds: z.number() }) }),
      z.strictObject({ again: z.number() }),
      record,
    ]),
  ),
});
type Story = z.infer<typeof storySchema>;

function readStory(rule: string, file: string): Story {
  return storySchema.parse(JSON.parse(readFileSync(path.join(FOLDER, rule, file), 'utf8')));
}

function recordsOf({ records }: Story): unknown[] {
  const all: unknown[] = [];
  for (const one of records) {
    if ('again' in one) all.push(...all.slice());
    else if ('repeat' in one) {
      const { record: first, times, everySeconds } = repeatOf(one.repeat);
      for (let nth = 0; nth < times; nth++) {
        const timeMs = Date.parse(String(first['eventTime'])) + nth * everySeconds * 1000;
        const eventTime = new Date(timeMs).toISOString().replace('.000', '');
        all.push({
          ...first,
          eventTime,
          eventID: `${String(first['eventID']).slice(0, 24)}${String(nth).padStart(12, '0')}`,
        });
      }
    } else all.push(one);
  }
  return all;
}

function repeatOf(value: unknown) {
  return z.strictObject({ record, times: z.number(), everySeconds: z.number() }).parse(value);
}

/** When the newest events are settled, and still of the last day. */
const nowOf = (records: readonly unknown[]) => {
  const times = records.map((one) =>
    z.looseObject({ eventTime: z.string().optional(), time: z.string().optional() }).parse(one),
  );
  const last = Math.max(...times.map(({ eventTime, time }) => Date.parse(eventTime ?? time ?? '')));
  return new Date(last + 3_600_000).toISOString();
};

test('the table of docs/alert-rules.md has every rule, in order, with its severity and its subject', () => {
  const rows = DOCUMENT.split('\n').filter((line) => line.startsWith('| ['));
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  expect(cells.map(([, link]) => link)).toEqual(RULES.map(({ id }) => `[${id}](#${id})`));
  for (const [index, { id, severity }] of RULES.entries()) {
    const [, , shown = '', subject = ''] = cells[index] ?? [];
    expect(shown.split(',')[0], id).toBe(severity);
    const [, section = ''] = DOCUMENT.split(`\n## ${id}\n`);
    expect(section, id).toContain(`Severity ${severity}; subject ${subject}.`);
  }
});

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const files = readdirSync(path.join(FOLDER, id)).sort();

  test('has events that must fire it and events that must not, and no others', () => {
    expect(files.filter((file) => file.startsWith('fires-')).length).toBeGreaterThan(0);
    expect(files.filter((file) => file.startsWith('silent-')).length).toBeGreaterThan(1);
    expect(files.filter((file) => !/^(?:fires|silent)-[a-z0-9-]+\.json$/.test(file))).toEqual([]);
  });

  test('is described in docs/alert-rules.md as it is', () => {
    const [, section = ''] = DOCUMENT.split(`## ${id}\n`);
    const own = section.split('\n## ')[0] ?? '';
    expect(own).toContain(`Severity ${rule.severity};`);
    for (const sentence of rule.falsePositives) expect(own).toContain(`- ${sentence}`);
  });

  test.each(files)('%s', async (file) => {
    const story = readStory(id, file);
    const records = recordsOf(story);
    const table = new MemoryTable();
    await append(table, records, 'test');
    await sealAll(table, 'test', 'test');
    // Days that are over for long, so that what stops has stopped.
    await detect(table, { judge: compileExpectations(story.expectations), now: '2026-04-20T00:00:00Z' });
    const open = (await listAlerts(table)).filter((alert) => alert.rule === id && alert.state === 'open');
    if (file.startsWith('silent-')) {
      expect(
        open.map(({ subject }) => subject),
        story.about,
      ).toEqual([]);
      return;
    }
    const [alert] = open.filter(
      ({ subject }) => JSON.stringify(subject) === JSON.stringify(inOrder(story.subject, subject)),
    );
    expect(alert, `${story.about} ${JSON.stringify(open.map(({ subject }) => subject))}`).toBeDefined();
    if (alert === undefined) return;
    expect(evidenceOf(alert.days)?.count).toBe(story.count);
    expect(alert.severity).toBe(story.severity ?? rule.severity);
    for (const name of Object.values(alert.subject).slice(0, 1)) expect(alert.title).toContain(name);
    const steps = rule.checkNext(alert);
    expect(steps.length).toBeGreaterThanOrEqual(2);
    expect(steps.length).toBeLessThanOrEqual(3);
    const links = steps.flatMap((step) => step.match(/\/v1\/\S+/g) ?? []);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links)
      expect(new URL(link, 'http://localhost').pathname).toMatch(/^\/v1\/(?:usage|keys|jobs|principals)/);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
  });
});

/** Found as uses come, beside the rules about single uses. */
const STREAMED_TOO = 'first-seen-principal';
const STREAMED = [...USE_RULES.filter(({ when }) => when === 'streaming').map(({ id }) => id), STREAMED_TOO];

describe.each(STREAMED)('%s, streaming', (id) => {
  test.each(readdirSync(path.join(FOLDER, id)).sort())('%s', async (file) => {
    const story = readStory(id, file);
    const records = recordsOf(story);
    const table = new MemoryTable();
    const by = { judge: compileExpectations(story.expectations), now: nowOf(records) };
    await append(table, records, 'test');
    // Each use as it comes, and each by another function.
    for (const use of usesOf(records))
      await streamingDetector(table, {
        ...by,
        now: new Date(use.eventTimeMs + 60_000).toISOString(),
      }).raise([use]);
    const open = (await listAlerts(table)).filter((alert) => alert.rule === id);
    const subjects = open.map(({ subject }) => JSON.stringify(inOrder(story.subject, subject)));
    if (story.later || file.startsWith('silent-')) expect(subjects, story.about).toEqual([]);
    else
      expect(subjects, story.about).toContain(
        JSON.stringify(inOrder(story.subject, open.at(0)?.subject ?? {})),
      );
  });
});

/** The members of one subject in the order of another, so that they may be compared as text. */
function inOrder(expected: Readonly<Record<string, string>> | undefined, like: object): object {
  return Object.fromEntries(
    Object.entries(expected ?? like).sort(
      ([a], [b]) => Object.keys(like).indexOf(a) - Object.keys(like).indexOf(b),
    ),
  );
}
