export { listenOn } from './listen-on.ts';
export { requireToken, type RequireTokenOptions } from './require-token.ts';
export { type MetricsText, serveMetrics } from './serve-metrics.ts';
export { useZodSchemas } from './use-zod-schemas.ts';
