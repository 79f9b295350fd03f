import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { STORE_FORMAT } from '../../src/embedded/store-marker.ts';
import { keytrail } from './keytrail.ts';

test('--version prints the version of the package and the format of the embedded store', async () => {
  const { code, stdout } = await keytrail(['--version'], { env: {} });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${packageJson.version} (store format ${STORE_FORMAT})\n`,
  });
});
