import { packageTestConfig } from '../../tools/vitest/package-test-config.ts';

export default packageTestConfig('framed-log');
