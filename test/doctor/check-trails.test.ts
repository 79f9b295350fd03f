import { describe, expect, test } from 'vitest';
import type { TrailSelectors } from '../../src/cloudtrail/trail-selectors.ts';
import { checkTrails } from '../../src/doctor/check-trails.ts';
import type { Looked } from '../../src/doctor/looked.ts';
import type { Trail } from '../../src/doctor/trail.ts';

const seen = <T>(value: T): Looked<T> => ({ kind: 'seen', value });

function selectors(readWriteType: string, ...excludedSources: readonly string[]): TrailSelectors {
  return { basic: [{ readWriteType, includesManagementEvents: true, excludedSources }], advanced: [] };
}

function aTrail(trail: Partial<Trail> = {}): Trail {
  return {
    name: 'main',
    arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main',
    homeRegion: 'us-east-1',
    isMultiRegion: false,
    isLogging: seen(true),
    selectors: seen(selectors('All')),
    ...trail,
  };
}

const codes = (...trails: readonly Trail[]) =>
  checkTrails(seen(trails), 'us-east-1').map(({ status, code }) => `${status} ${code}`);
const denied = { kind: 'unseen', action: 'cloudtrail:GetTrailStatus' } as const;

describe('the trails of a Region', () => {
  test.each<[string, readonly Trail[], readonly string[]]>([
    ['are right with one of this Region', [aTrail()], ['ok trail']],
    ['are wrong with one of another Region', [aTrail({ homeRegion: 'eu-west-1' })], ['wrong trail-missing']],
    [
      'are right with one of all Regions',
      [aTrail({ homeRegion: 'eu-west-1', isMultiRegion: true })],
      ['ok trail'],
    ],
    ['are right with one that is whole', [aTrail({ isLogging: seen(false) }), aTrail()], ['ok trail']],
    [
      'are right with one that is whole, whatever may not be looked at',
      [aTrail({ isLogging: denied }), aTrail()],
      ['ok trail'],
    ],
    [
      'are right where two complete each other',
      [
        aTrail({ selectors: seen(selectors('ReadOnly')) }),
        aTrail({ selectors: seen(selectors('WriteOnly')) }),
      ],
      ['ok trail'],
    ],
    [
      'are wrong where the one that completes the other is stopped',
      [
        aTrail({ selectors: seen(selectors('ReadOnly')) }),
        aTrail({ selectors: seen(selectors('WriteOnly')), isLogging: seen(false) }),
      ],
      ['wrong trail-without-writes', 'wrong trail-stopped', 'wrong trail-without-reads'],
    ],
    [
      'are told both faults of one trail',
      [aTrail({ selectors: seen(selectors('WriteOnly', 'kms.amazonaws.com')) })],
      ['wrong trail-excludes-kms', 'wrong trail-without-reads'],
    ],
    [
      'are not told where a trail may not be looked at',
      [aTrail({ isLogging: denied, selectors: denied })],
      ['unknown not-looked-at', 'unknown not-looked-at'],
    ],
  ])('%s', (_, trails, expected) => {
    expect(codes(...trails)).toEqual(expected);
  });

  test.each<[string, Trail['selectors'], string]>([
    [
      'Read events of KMS',
      seen({
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
      seen(selectors('All', 'sagemaker.amazonaws.com')),
      'Trail main leaves out the calls of SageMaker',
    ],
  ])('are wrong without the %s', (_, selected, sentence) => {
    const findings = checkTrails(seen([aTrail({ selectors: selected })]), 'us-east-1');
    expect(findings.map((finding) => finding.sentence)).toEqual([expect.stringContaining(sentence)]);
  });

  test('that complete each other are both named', () => {
    const trails = [
      aTrail({ name: 'reads', selectors: seen(selectors('ReadOnly')) }),
      aTrail({ name: 'writes', selectors: seen(selectors('WriteOnly')) }),
    ];
    expect(checkTrails(seen(trails), 'us-east-1')[0]?.sentence).toMatch(/^Trails reads and writes log all/);
  });
});
