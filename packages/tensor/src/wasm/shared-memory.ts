/** Sections of a WebAssembly module that may declare a memory. */
const importSection = 2;
const memorySection = 5;
/** Limits of a memory: bit 0 says that a maximum follows, bit 1 that threads may share it. */
const hasMaximum = 1;
const isShared = 2;

/**
 * A copy of a WebAssembly module whose memory, declared or imported, may be shared between threads or not: the same
 * code, one bit of its declaration changed. `undefined` when the module has no memory with a maximum.
 *
 * tfjs publishes its SIMD module with memory of its own only; shared, other threads can compute on it.
 */
export function withSharedMemory(module: Uint8Array, shared: boolean): Uint8Array | undefined {
  const at = limitsOffset(module);
  const flags = at === undefined ? 0 : (module[at] as number);
  if (at === undefined || (flags & hasMaximum) === 0) return undefined;
  const copy = Uint8Array.from(module);
  copy[at] = shared ? flags | isShared : flags & ~isShared;
  return copy;
}

/** Where the flags of the memory's limits stand. */
function limitsOffset(module: Uint8Array): number | undefined {
  const reader = readerOf(module, 8);
  while (reader.position() < module.length) {
    const section = reader.number();
    const length = reader.number();
    const start = reader.position();
    // A memory section is a count, 1, and the limits.
    if (section === memorySection) return start + 1;
    if (section === importSection) {
      const offset = memoryImport(module, start);
      if (offset !== undefined) return offset;
    }
    reader.skip(length);
  }
  return undefined;
}

/** Kinds of imports. */
const imported = { function: 0, table: 1, memory: 2 } as const;

/** The import of a memory, if functions and nothing else come before it. */
function memoryImport(module: Uint8Array, start: number): number | undefined {
  const reader = readerOf(module, start);
  for (let left = reader.number(); left > 0; left--) {
    reader.skip(reader.number());
    reader.skip(reader.number());
    const kind = reader.number();
    if (kind === imported.memory) return reader.position();
    if (kind !== imported.function) return undefined;
    reader.number();
  }
  return undefined;
}

interface Reader {
  /** The next number, in LEB128. */
  number(): number;
  skip(bytes: number): void;
  position(): number;
}

function readerOf(bytes: Uint8Array, start: number): Reader {
  let at = start;
  return {
    number() {
      let [value, shift] = [0, 0];
      for (;;) {
        const byte = bytes[at++] as number;
        value |= (byte & 127) << shift;
        if (byte < 128) return value >>> 0;
        shift += 7;
      }
    },
    skip(count) {
      at += count;
    },
    position: () => at,
  };
}
