import { type ViteUserConfig } from 'vitest/config';
/**
 * The vitest configuration every package shares: tests beside the code, run on the sources through
 * the `@rlloom/source` export condition. Worker entries are the exception: they resolve to `dist`.
 */
export declare function packageTestConfig(name: string): ViteUserConfig;
//# sourceMappingURL=package-test-config.d.ts.map