import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** Builds the command line into dist/: what `npx keytrail` runs. */
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    keytrail: 'src/cli/main.ts',
    'import-worker': 'src/import/import-worker.ts',
    'front-worker': 'src/cli/front/front-worker.ts',
    'verify-worker': 'src/cli/verify-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Installed beside it: they hold native code, or are fetched by their own names.
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
