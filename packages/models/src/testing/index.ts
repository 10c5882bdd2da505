export { checkModelFolder } from './check-model-folder.ts';
export type { ConformanceResult } from './conformance-result.ts';
