/**
 * The rooms of the house, lowest first: a file imports from its own room and from those above it in this list,
 * type imports included. docs/architecture.md says what each one is for.
 */
const ROOMS = [
  ['text', '^src/(text/|[^/]+\\.ts$)'],
  ['table', '^src/table/'],
  ['s3', '^src/s3/'],
  ['cloudtrail', '^src/cloudtrail/'],
  ['kms', '^src/kms/'],
  ['sagemaker', '^src/sagemaker/'],
  ['attribution', '^src/attribution/'],
  ['expectations', '^src/expectations/'],
  ['history/facts', '^src/history/facts/'],
  ['history/pages', '^src/history/pages/'],
  ['history/day', '^src/history/day/'],
  ['history/evidence', '^src/history/evidence/'],
  ['history/append', '^src/history/append/'],
  ['history/seal', '^src/history/seal/'],
  ['history/query', '^src/history/query/'],
  ['proof', '^src/proof/'],
  ['coverage', '^src/coverage/'],
  ['ingest', '^src/ingest/'],
  ['alerts', '^src/alerts/[^/]+\\.ts$'],
  ['alerts/rules', '^src/alerts/rules/'],
  ['alerts/store', '^src/alerts/store/'],
  ['alerts/detect', '^src/alerts/detect/'],
  ['alerts/delivery', '^src/alerts/delivery/'],
  ['retention', '^src/retention/'],
  ['backfill', '^src/backfill/'],
  ['doctor', '^src/doctor/'],
  ['api', '^src/api/'],
  ['embedded', '^src/embedded/'],
  ['import', '^src/import/'],
  ['cli', '^src/cli/'],
  ['handlers', '^handlers/'],
  ['not shipped', '^(simulator|deploy|bench|test)/'],
];

const upward = ROOMS.slice(0, -1).map(([room, path], index) => ({
  name: `${room} imports upwards`,
  severity: 'error',
  from: { path },
  to: { path: ROOMS.slice(index + 1).map(([, above]) => above) },
}));

const inNoRoom = { path: '^(src|handlers)/', pathNot: ROOMS.map(([, path]) => path) };

/** The files of the history that other rooms may import. Everything else is its own business. */
const HISTORY_DOORS = [
  'append/append',
  'append/read-sources',
  'day/day-state',
  'evidence/alias-items',
  'facts/source',
  'query/history',
  'query/history-view',
  'query/inspected-day',
  'query/questions',
  'seal/expire-day',
  'seal/facts-of-event',
  'seal/check-day',
  'seal/seal-day',
  'seal/sealed-day',
  'seal/sweep',
];

export default {
  forbidden: [
    ...upward,
    {
      name: 'history by its doors',
      comment: 'Use one of HISTORY_DOORS; what is missing there belongs in one of them.',
      severity: 'error',
      from: { path: '^(src|handlers)/', pathNot: '^src/history/' },
      to: { path: '^src/history/', pathNot: `^src/history/(${HISTORY_DOORS.join('|')})\\.ts$` },
    },
    {
      name: 'in no room',
      comment: 'Give a new folder its place in ROOMS.',
      severity: 'error',
      from: {},
      to: inNoRoom,
    },
    {
      name: 'imports from no room',
      comment: 'Give a new folder its place in ROOMS.',
      severity: 'error',
      from: inNoRoom,
      to: {},
    },
    {
      name: 'cycle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
