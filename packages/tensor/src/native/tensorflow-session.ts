import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The C++ source of the addon; it is part of the published package. */
export const sessionSource: string = fileURLToPath(new URL('../../src/native/tensorflow-session.cc', import.meta.url));

/** What the addon exports. */
export interface SessionAddon {
  /** Number of this interface; an addon with another one is not used. */
  readonly interface: number;
  /** Opens a session with an empty graph. `config` is a serialized `tensorflow.ConfigProto`, or empty. */
  readonly Session: new (
    config: Uint8Array,
  ) => AddonSession;
}

/**
 * A session of TensorFlow. What is wrong with arguments is thrown, what TensorFlow says rejects the promise; both are
 * an `Error` with the name of TensorFlow's status in `code`, for example `INVALID_ARGUMENT`. One that is dropped
 * without `close` is closed by the garbage collector.
 */
export interface AddonSession {
  /** Adds the nodes and functions of a serialized `GraphDef`. Names of nodes must be new; equal functions may repeat. */
  extend(graphDef: Uint8Array): void;
  /** Feeds are copied before it returns. Names are `node` or `node:1` for outputs, `node` for targets. */
  run(
    feeds: readonly (AddonTensor & { readonly name: string })[],
    fetches: readonly string[],
    targets: readonly string[],
  ): Promise<AddonTensor[]>;
  /** As `run`, but in the calling thread. */
  runNow(...call: Parameters<AddonSession['run']>): AddonTensor[];
  /** Waits for what is running, then frees graph, variables and session. From the call on, nothing else is taken. */
  close(): Promise<void>;
}

/** Numbers as they cross over: `dtype` is the number of TensorFlow's `DataType`. */
export interface AddonTensor {
  readonly dtype: number;
  readonly shape: readonly number[];
  /** For float32, int32, bool, int64 and bfloat16, in this order. */
  readonly data: Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint16Array;
}

const currentInterface = 1;

/** The file the addon has in a provisioned folder. Its name tells the source, so that a changed one is noticed. */
export async function sessionFile(source: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(source))
    .digest('hex');
  return `tensorflow-session-${digest.slice(0, 12)}.node`;
}

/** The addon among the files of a provisioned folder; undefined where there is none. */
export function findSessionFile(files: Iterable<string>): string | undefined {
  return [...files].find((path) => /^tensorflow-session-\w+\.node$/.test(path));
}

/** Loads the addon of a provisioned folder; undefined where it has none, or one this version cannot use. */
export function requireSessionAddon(directory: string, files: Iterable<string>): SessionAddon | undefined {
  const file = findSessionFile(files);
  if (file === undefined) return undefined;
  try {
    const addon = createRequire(import.meta.url)(join(directory, file)) as SessionAddon;
    return addon.interface === currentInterface ? addon : undefined;
  } catch {
    // Programs then run through tfjs-node's own session.
    return undefined;
  }
}
