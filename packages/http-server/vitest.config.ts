import { packageTestConfig } from '../../tools/vitest/package-test-config.ts';

export default packageTestConfig('http-server');
