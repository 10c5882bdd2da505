import { createRequire } from 'node:module';

/**
 * Puts `util.isNullOrUndefined` and `util.isArray` back, which tfjs-node 4.22 calls: Node 23 removed them, and
 * Node 22 prints a warning at the first call.
 */
export function restoreNodeUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown): boolean => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}
