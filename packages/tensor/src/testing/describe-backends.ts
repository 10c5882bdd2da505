import { beforeAll, describe } from 'vitest';
import type { BackendName } from '../backend/backend-choice.ts';
import { selectBackend } from '../backend/select-backend.ts';
import { findInstalledPackage } from '../native/find-installed-package.ts';
import { readManifest } from '../native/manifest.ts';
import { nativeDirectory } from '../native/native-directory.ts';

/**
 * The backends suites run on: those in `RLLOOM_TEST_BACKENDS`, separated by commas; by default cpu and wasm, and
 * tfjs-node where it is installed or `rlloom setup` has provisioned it.
 */
export const testBackends: readonly BackendName[] = await chooseBackends();

async function chooseBackends(): Promise<readonly BackendName[]> {
  const named = process.env['RLLOOM_TEST_BACKENDS'];
  if (named !== undefined) return named.split(',') as BackendName[];
  const { platform, arch } = process;
  const native =
    findInstalledPackage('cpu') !== undefined ||
    (await readManifest(nativeDirectory({ kind: 'cpu', platform, arch }))) !== undefined;
  return native ? ['cpu', 'wasm', 'tfjs-node'] : ['cpu', 'wasm'];
}

/**
 * Runs a suite once per backend of {@link testBackends}, with that backend active.
 *
 * @param name shown in the test report, with the backend behind it
 * @param suite defines the tests; tensors are made inside of them, when the backend is active
 */
export function describeBackends(name: string, suite: (backend: BackendName) => void): void {
  describe.each(testBackends)(`${name} (%s)`, (backend) => {
    beforeAll(async () => {
      await selectBackend({ backend });
    });
    suite(backend);
  });
}
