/** Where a value was set. */
export type Origin =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'file';
      readonly file: string;
      /** 1-based. */
      readonly line: number;
      /** 1-based. */
      readonly column: number;
      /** What this value took the place of. */
      readonly overrides?: Origin;
    }
  | {
      readonly kind: 'command-line';
      /** The override as it was typed. */
      readonly text: string;
      readonly overrides?: Origin;
    };

/** A value nobody set. */
export const defaultOrigin: Origin = { kind: 'default' };

/**
 * Where a value comes from, for people.
 *
 * @example
 * ```ts
 * const base = { kind: 'file', file: 'base.yaml', line: 3, column: 1 };
 * formatOrigin({ kind: 'file', file: 'train.yaml', line: 12, column: 5, overrides: base }); // => 'train.yaml:12 (overrides base.yaml:3)'
 * ```
 */
export function formatOrigin(origin: Origin): string {
  const before: string[] = [];
  for (let next = overridden(origin); next !== undefined; next = overridden(next)) before.push(place(next));
  return before.length === 0 ? place(origin) : `${place(origin)} (overrides ${before.join(', ')})`;
}

/** The place alone, as editors and terminals link it: `file:line:column`. */
export function formatPosition(origin: Origin): string {
  return origin.kind === 'file' ? `${place(origin)}:${origin.column}` : place(origin);
}

function place(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'command-line':
      return 'command line';
  }
}

// A default that was replaced is the ordinary case and says nothing.
function overridden(origin: Origin): Origin | undefined {
  const before = origin.kind === 'default' ? undefined : origin.overrides;
  return before?.kind === 'default' ? undefined : before;
}
