import { describe, expect, test } from 'vitest';
import type { TrailSelectors } from '../../src/cloudtrail/trail-selectors.ts';
import { checkTrails } from '../../src/doctor/check-trails.ts';
import type { ReadResult } from '../../src/doctor/read-result.ts';
import type { Trail } from '../../src/doctor/trail.ts';

const read = <T>(value: T): ReadResult<T> => ({ kind: 'read', value });

function selectors(readWriteType: string, ...excludedSources: readonly string[]): TrailSelectors {
  return { basic: [{ readWriteType, includesManagementEvents: true, excludedSources }], advanced: [] };
}

function aTrail(trail: Partial<Trail> = {}): Trail {
  return {
    name: 'main',
    arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
    homeRegion: 'us-east-1',
    isMultiRegion: false,
    isLogging: read(true),
    selectors: read(selectors('All')),
    ...trail,
  };
}

const codes = (...trails: readonly Trail[]) =>
  checkTrails(read(trails), 'us-east-1').map(({ status, code }) => `${status} ${code}`);
const denied = { kind: 'unreadable', action: 'cloudtrail:GetTrailStatus' } as const;

describe('the trails of a Region', () => {
  test.each<[string, readonly Trail[], readonly string[]]>([
    ['are right with one of this Region', [aTrail()], ['ok trail']],
    ['are wrong with one of another Region', [aTrail({ homeRegion: 'eu-west-1' })], ['wrong trail-missing']],
    [
      'are right with one of all Regions',
      [aTrail({ homeRegion: 'eu-west-1', isMultiRegion: true })],
      ['ok trail'],
    ],
    ['are right with one that is whole', [aTrail({ isLogging: read(false) }), aTrail()], ['ok trail']],
    [
      'are right with one that is whole, whatever may not be read',
      [aTrail({ isLogging: denied }), aTrail()],
      ['ok trail'],
    ],
    [
      'are right where two complete each other',
      [
        aTrail({ selectors: read(selectors('ReadOnly')) }),
        aTrail({ selectors: read(selectors('WriteOnly')) }),
      ],
      ['ok trail'],
    ],
    [
      'are wrong where the one that completes the other is stopped',
      [
        aTrail({ selectors: read(selectors('ReadOnly')) }),
        aTrail({ selectors: read(selectors('WriteOnly')), isLogging: read(false) }),
      ],
      ['wrong trail-without-writes', 'wrong trail-stopped', 'wrong trail-without-reads'],
    ],
    [
      'have both faults of one trail named',
      [aTrail({ selectors: read(selectors('WriteOnly', 'kms.amazonaws.com')) })],
      ['wrong trail-excludes-kms', 'wrong trail-without-reads'],
    ],
    [
      'are not judged where a trail may not be read',
      [aTrail({ isLogging: denied, selectors: denied })],
      ['unknown not-looked-at', 'unknown not-looked-at'],
    ],
  ])('%s', (_, trails, expected) => {
    expect(codes(...trails)).toEqual(expected);
  });

  test.each<[string, Trail['selectors'], string]>([
    [
      'Read events of KMS',
      read({
        basic: [
          {
            readWriteType: 'ReadOnly',
            includesManagementEvents: true,
            excludedSources: ['kms.amazonaws.com'],
          },
          { readWriteType: 'WriteOnly', includesManagementEvents: true, excludedSources: [] },
        ],
        advanced: [],
      }),
      'Trail main leaves out the Read events of KMS',
    ],
    [
      'SageMaker',
      read(selectors('All', 'sagemaker.amazonaws.com')),
      'Trail main leaves out the calls of SageMaker',
    ],
  ])('are wrong without the %s', (_, selected, sentence) => {
    const findings = checkTrails(read([aTrail({ selectors: selected })]), 'us-east-1');
    expect(findings.map((finding) => finding.sentence)).toEqual([expect.stringContaining(sentence)]);
  });

  test('that complete each other are both named', () => {
    const trails = [
      aTrail({ name: 'reads', selectors: read(selectors('ReadOnly')) }),
      aTrail({ name: 'writes', selectors: read(selectors('WriteOnly')) }),
    ];
    expect(checkTrails(read(trails), 'us-east-1')[0]?.sentence).toMatch(/^Trails reads and writes log all/);
  });
});
