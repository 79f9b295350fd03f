import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupOf } from '../../../src/alerts/delivery/group-notice.ts';
import { noticeOf } from '../../../src/alerts/delivery/notice.ts';
import { bodyOf, groupBodyOf, groupSubjectOf, subjectOf } from '../../../src/alerts/delivery/notice-text.ts';
import { cut, safeSentence, safeValue, subjectText } from '../../../src/alerts/delivery/safe-text.ts';
import { anAlert } from './an-alert.ts';

/** What breaks something somewhere, in any order and between anything. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['\u001b[31m', '\u0000', '\r\n', '\nSubject: x', '\u202e', '\u2066', '\u200b', '\u2028', '\ud800'],
        ...['<script>', '<!channel>', '<@U1>', '@channel', '@here', '!everyone', '&lt;', '&#60;', '&', '"'],
        ...['https://evil.example/', '=cmd()', '`', 'ü', '😀', 'x'.repeat(5_000), '\u009b', '\u0007'],
      ),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MARKUP = /[<>]|&#?\w+;|[@!](?:channel|here|everyone|subteam)\b/i;

describe('a text of a record', () => {
  it('has nothing that is not seen, as a value and as a sentence, and is as long as it may be', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 40, max: 300 }), (text, length) => {
        for (const safe of [safeValue(text, length), safeSentence(text, length)]) {
          expect(safe).not.toMatch(UNSEEN);
          expect(safe.length).toBeLessThanOrEqual(length);
        }
        expect(safeSentence(text, length)).not.toMatch(MARKUP);
      }),
    );
  });

  it('is whole where there is nothing to it, and says how long it was where it is cut', () => {
    expect(safeSentence('Müller & Söhne: a/b=c&d=e', 100)).toBe('Müller & Söhne: a/b=c&d=e');
    expect(cut('x'.repeat(300), 100)).toMatch(/^x{82} …\(300 characters\)$/);
    expect(cut(`${'x'.repeat(81)}😀${'x'.repeat(300)}`, 100).isWellFormed()).toBe(true);
  });

  it('is a subject that SNS takes', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(subjectText(`K${text}`)).toMatch(/^[ -~]{1,99}$/);
      }),
    );
  });

  it('makes a notice that is safe in a mail, in Slack, in HTML and on a terminal', () => {
    fc.assert(
      fc.property(hostile, hostile, (key, reason) => {
        const subject = { keyRef: key, principalId: key, grantee: key };
        const alert = anAlert({ rule: 'unexpected-grantee', subject, details: [key] });
        const [change] = alert.changes;
        if (change === undefined) throw new Error('it has a change');
        const notice = noticeOf(alert, { ...change, reason, by: key }, 'https://api.example.com/');
        const lines = [...bodyOf(notice).split('\n'), ...groupBodyOf(groupOf([notice])).split('\n')];
        for (const line of [...lines, notice.title, ...notice.details, notice.change.reason]) {
          expect(line).not.toMatch(UNSEEN);
          expect(line).not.toMatch(MARKUP);
        }
        for (const line of [notice.title, ...notice.details, notice.change.by]) {
          expect(line).not.toContain('://');
        }
        expect(JSON.stringify(notice)).not.toMatch(UNSEEN);
        expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(80_000);
        expect(subjectOf(notice)).toMatch(/^[ -~]{1,99}$/);
        expect(groupSubjectOf(groupOf([notice]))).toMatch(/^[ -~]{1,99}$/);
      }),
    );
  });
});

describe('a notice', () => {
  it('says what happened, to what, and what to check, with links that can be followed', () => {
    const alert = anAlert();
    const [change] = alert.changes;
    if (change === undefined) throw new Error('it has a change');
    const notice = noticeOf(alert, change, 'https://api.example.com');
    expect(notice).toMatchObject({ id: `${alert.id}.1`, state: 'open', severity: 'critical', count: 2 });
    const body = bodyOf(notice);
    expect(body).toContain(
      `https://api.example.com/v1/usage?key=${encodeURIComponent(alert.subject.keyArn ?? '')}`,
    );
    expect(body).toContain(`The alert: https://api.example.com/v1/alerts/${alert.id}`);
    expect(body).toContain('Events: 2, 2026-11-20T11:59:00Z to 2026-11-20T12:00:00Z');
    expect(subjectOf(notice)).toMatch(
      /^Keytrail \(critical\) root-use: The root user of account 111122223333/,
    );
    expect(bodyOf(noticeOf(alert, change))).toContain('/v1/usage?key=');
  });

  it('says who acknowledged it, why, and until when', () => {
    const alert = anAlert();
    const change = {
      number: 2,
      timeMs: 1_000,
      state: 'acknowledged',
      by: 'ana',
      reason: 'drill',
      untilMs: 2_000,
    } as const;
    expect(bodyOf(noticeOf(alert, change))).toContain(
      'State: acknowledged by ana at 1970-01-01T00:00:01Z, until 1970-01-01T00:00:02Z: drill',
    );
  });
});
