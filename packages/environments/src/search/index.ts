export type { RetrievalDocument } from './retrieval-protocol.ts';
export { type RetrievalServer, type RetrievalServerOptions, startRetrievalServer } from './retrieval-server.ts';
export { searchTool, type SearchToolOptions } from './search-tool.ts';
