import { RlloomError } from '@rlloom/spec';
import { loadedSessionAddon } from '../../native/load-native-backend.ts';
import type { AddonTensor } from '../../native/tensorflow-session.ts';
import { tf } from '../../tf.ts';
import { typeNumbers } from '../graph/data-types.ts';
import type { GraphFeed, GraphSession } from './graph-session.ts';
import { encodeSessionConfig, type SessionConfig } from './session-config.ts';

/**
 * Opens a session on the TensorFlow library of the active backend; undefined where that came without the addon for it:
 * a user's own tfjs-node, or a folder that an earlier version of `rlloom setup` made.
 *
 * What TensorFlow says becomes an `RlloomError` of kind `backend`, whose `cause` has the status in `code`
 * (`RESOURCE_EXHAUSTED` when memory ran out).
 */
export function openNativeSession(config: SessionConfig = {}): GraphSession | undefined {
  const addon = loadedSessionAddon();
  if (addon === undefined) return undefined;
  const session = attempt(() => new addon.Session(encodeSessionConfig(config)));
  let closed: Promise<void> | undefined;
  return {
    carries: (dtype) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool',
    extend: (graphDef) => attempt(() => session.extend(graphDef)),
    run: async (feeds, fetches, targets = []) => {
      try {
        return tensorsOf(await session.run(feeds.map(addonFeed), fetches, targets));
      } catch (error) {
        throw asRlloomError(error);
      }
    },
    runNow: (feeds, fetches, targets = []) =>
      tensorsOf(attempt(() => session.runNow(feeds.map(addonFeed), fetches, targets))),
    close: () => (closed ??= session.close()),
  };
}

// A tensor that the backend has not uploaded yet gives its own array, any other one a copy.
function addonFeed({ name, tensor }: GraphFeed): AddonTensor & { readonly name: string } {
  const { dtype, shape } = tensor;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new RlloomError('backend', {
      what: `a tensor of type ${dtype} cannot be fed`,
      where: name,
      fix: 'feed float32, int32 or bool',
    });
  }
  return { name, dtype: typeNumbers[dtype], shape, data: tensor.dataSync<'float32' | 'int32'>() };
}

function tensorsOf(results: readonly AddonTensor[]): tf.Tensor[] {
  const types = results.map(typeOf);
  return results.map(({ shape, data }, i) =>
    tf.tensor(data as Float32Array | Int32Array | Uint8Array, [...shape], types[i]),
  );
}

function typeOf({ dtype }: AddonTensor): 'float32' | 'int32' | 'bool' {
  const name = fetched.get(dtype);
  if (name !== undefined) return name;
  throw new RlloomError('backend', {
    what: `tfjs has no type for what was fetched (TensorFlow's number ${dtype})`,
    fix: 'cast it to float32 or int32 in the graph',
  });
}

const fetched: ReadonlyMap<number, 'float32' | 'int32' | 'bool'> = new Map(
  (['float32', 'int32', 'bool'] as const).map((name) => [typeNumbers[name], name]),
);

function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asRlloomError(error);
  }
}

function asRlloomError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof RlloomError) return error;
  const memory = (error as NodeJS.ErrnoException).code === 'RESOURCE_EXHAUSTED';
  return new RlloomError('backend', {
    what: error.message,
    where: 'TensorFlow',
    ...(memory ? { fix: 'take smaller batches or shorter sequences' } : {}),
    cause: error,
  });
}
