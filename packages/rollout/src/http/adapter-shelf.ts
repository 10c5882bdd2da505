/** Adapters at the servers: the newest serves new requests, older ones those that began with them. */
export interface AdapterShelf {
  nameOf(version: number): string;
  /** Makes a version the one that new requests take, and drops those nobody uses. */
  put(version: number, directory: string): void;
  /** The adapter that new requests take, kept until released; `undefined` before there is one. */
  take(): { readonly name: string; release(): void } | undefined;
  /** What a server has to have: the newest, and those in use. */
  held(): { readonly name: string; readonly directory: string }[];
}

/**
 * Names adapters by version: a name never means other weights than before, so that a request has one version from its
 * first token to its last, however long it runs.
 */
export function createAdapterShelf({
  prefix,
  unload,
}: {
  readonly prefix: string;
  readonly unload: (name: string) => Promise<void>;
}): AdapterShelf {
  const adapters = new Map<number, { readonly name: string; readonly directory: string; users: number }>();
  let newest: number | undefined;
  const nameOf = (version: number): string => `${prefix}-v${version}`;
  const dropUnused = (): void => {
    for (const [version, { name, users }] of adapters) {
      if (users > 0 || version === newest) continue;
      adapters.delete(version);
      void unload(name);
    }
  };
  return {
    nameOf,
    put(version, directory) {
      newest = version;
      if (!adapters.has(version)) adapters.set(version, { name: nameOf(version), directory, users: 0 });
      dropUnused();
    },
    take() {
      const adapter = newest === undefined ? undefined : adapters.get(newest);
      if (adapter === undefined) return undefined;
      adapter.users++;
      return {
        name: adapter.name,
        release() {
          adapter.users--;
          dropUnused();
        },
      };
    },
    held: () => [...adapters.values()].map(({ name, directory }) => ({ name, directory })),
  };
}
