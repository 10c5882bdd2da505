import { beforeAll, describe } from 'vitest';
import type { BackendName } from '../backend/backend-choice.ts';
import { selectBackend } from '../backend/select-backend.ts';

/** The backends a suite runs on: those in `RLLOOM_TEST_BACKENDS`, separated by commas, or cpu and wasm. */
export const testBackends: readonly BackendName[] = (process.env['RLLOOM_TEST_BACKENDS'] ?? 'cpu,wasm').split(
  ',',
) as BackendName[];

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
