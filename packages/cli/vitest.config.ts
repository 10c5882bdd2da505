import { mergeConfig } from 'vitest/config';
import { packageTestConfig } from '../../tools/vitest/package-test-config.ts';

// The tests run the built command in child processes: what they run must be what the sources say.
export default mergeConfig(packageTestConfig('cli'), {
  test: { globalSetup: ['../../tools/vitest/build-package.ts'] },
});
