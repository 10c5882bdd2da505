import { formatPath } from './config-path.ts';
import { type Schema, unwrapSchema } from './schema-shape.ts';

/** A configuration that remembers what was read of it. */
export interface TrackedConfig<Config> {
  /** The same values and type; to be handed to the code under test. */
  readonly config: Config;
  /** Paths read so far, in camelCase; grows while the code runs. */
  readonly reads: ReadonlySet<string>;
}

/**
 * A copy of a configuration that records which of its values are read. Taking a group out of the configuration reads
 * nothing yet; reading, destructuring, spreading, enumerating or serialising a group reads the values directly in it,
 * groups inside it stay tracked. So hand a tracked configuration to the code that acts on it, and not to code that
 * copies or prints it whole.
 *
 * The copy is made of plain objects with getters: unlike a Proxy it passes `structuredClone`, so it can be sent to a
 * worker thread (which reads all of it).
 *
 * @example
 * ```ts
 * const { config, reads } = trackReads({ rollout: { groupSize: 8, topK: 0 } });
 * config.rollout.groupSize; // => 8
 * reads.has('rollout.groupSize'); // => true
 * reads.has('rollout.topK'); // => false
 * ```
 */
export function trackReads<Config>(config: Config): TrackedConfig<Config> {
  const reads = new Set<string>();
  return { config: tracked(config, []) as Config, reads };

  function tracked(value: unknown, path: readonly string[]): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => tracked(item, [...path, String(index)]));
    const copy = {};
    for (const [name, inner] of Object.entries(value)) {
      const inside = [...path, name];
      const result = tracked(inner, inside);
      Object.defineProperty(copy, name, {
        enumerable: true,
        configurable: true,
        get: () => {
          reads.add(formatPath(inside));
          return result;
        },
      });
    }
    return copy;
  }
}

/**
 * The keys of a schema that no read touched, as written in files (snake_case; `*` = a record's name or a list's
 * position). Keys of all options of a union are included. A list or record of single values counts as read when it is
 * taken out of its group.
 *
 * @param reads the `reads` of one or of several tracked configurations together
 */
export function unreadKeys(schema: Schema, reads: Iterable<string>): string[] {
  const read = new Set(reads);
  const unread = new Map<string, boolean>();
  visit(schema, { written: [], pattern: [] }, []);
  return [...unread].filter(([, isUnread]) => isUnread).map(([path]) => path);

  function visit(next: Schema, place: Place, open: readonly Schema[]): void {
    const { schema: inner, shape } = unwrapSchema(next);
    if (open.includes(inner)) return;
    const inside = [...open, inner];
    switch (shape.kind) {
      case 'object':
        for (const [key, { name, schema: value }] of shape.keys) {
          visit(value, { written: [...place.written, key], pattern: [...place.pattern, name] }, inside);
        }
        return;
      case 'record':
        if (isGroup(shape.value)) visit(shape.value, within(place), inside);
        else note(place);
        return;
      case 'list': {
        const groups = [...shape.items, ...(shape.rest === undefined ? [] : [shape.rest])].filter((item) =>
          isGroup(item),
        );
        for (const item of groups) visit(item, within(place), inside);
        if (groups.length === 0) note(place);
        return;
      }
      case 'union':
        if (!shape.options.some((option) => isGroup(option))) note(place);
        else for (const option of shape.options.filter((item) => isGroup(item))) visit(option, place, inside);
        return;
      case 'leaf':
        note(place);
        return;
    }
  }

  function note({ written, pattern }: Place): void {
    const path = formatPath(written);
    unread.set(path, (unread.get(path) ?? true) && !wasRead(pattern));
  }

  function wasRead(pattern: readonly string[]): boolean {
    if (!pattern.includes('*')) return read.has(formatPath(pattern));
    const matcher = new RegExp(`^${pattern.map((name) => (name === '*' ? '("[^"]*"|[^."]+)' : name)).join('\\.')}$`);
    return [...read].some((path) => matcher.test(path));
  }
}

interface Place {
  readonly written: readonly string[];
  readonly pattern: readonly string[];
}

function within({ written, pattern }: Place): Place {
  return { written: [...written, '*'], pattern: [...pattern, '*'] };
}

// Whether a schema holds keys of its own, directly or in its lists, records and options.
function isGroup(schema: Schema, open: readonly Schema[] = []): boolean {
  const { schema: inner, shape } = unwrapSchema(schema);
  if (open.includes(inner)) return false;
  const inside = [...open, inner];
  switch (shape.kind) {
    case 'object':
      return true;
    case 'record':
      return isGroup(shape.value, inside);
    case 'list':
      return [...shape.items, ...(shape.rest === undefined ? [] : [shape.rest])].some((item) => isGroup(item, inside));
    case 'union':
      return shape.options.some((option) => isGroup(option, inside));
    case 'leaf':
      return false;
  }
}
