export { checkModelFolder } from './check-model-folder.ts';
export type { ConformanceResult } from './conformance-result.ts';
export { type HubBehaviour, type HubServer, type SeenRequest, servedModel, startHubServer } from './hub-server.ts';
