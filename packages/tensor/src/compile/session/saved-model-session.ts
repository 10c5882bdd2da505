import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '../../tf.ts';
import { encodeSavedModel, type GraphDef } from '../graph/graph-proto.ts';
import type { Feed, ProgramSession, VariablePlaces } from './program-session.ts';

const tag = 'serve';

/**
 * A session of tfjs-node's own: a graph is loaded as a SavedModel. A loaded one cannot grow, so `extend` loads the whole
 * graph anew and hands the variables over (on the CPU without a copy).
 *
 * @param variables the variables that have a value now
 */
export function createSavedModelSession(variables: () => readonly VariablePlaces[]): ProgramSession {
  const backend = tf.findBackend('tensorflow') as unknown as NodeBackend;
  let graph: GraphDef | undefined;
  let id: number | undefined;
  const runNow = (feeds: readonly Feed[], fetches: readonly string[]): tf.Tensor[] => {
    if (id === undefined) throw new Error('the session has no graph');
    return backend.runSavedModel(
      id,
      feeds.map(({ tensor }) => tensor),
      feeds.map(({ name }) => ({ name })),
      [...fetches],
    );
  };
  return {
    extend: (more) => {
      const next = graph === undefined ? more : joined(graph, more);
      const before = id;
      const places = before === undefined ? [] : variables();
      const values =
        places.length === 0
          ? []
          : runNow(
              [],
              places.map(({ read }) => read),
            );
      const loaded = load(backend, next);
      graph = next;
      id = loaded;
      if (before !== undefined) backend.deleteSavedModel(before);
      if (places.length > 0) {
        const feeds = places.map(({ value }, i) => ({ name: value, tensor: values[i] as tf.Tensor }));
        tf.dispose([
          values,
          runNow(
            feeds,
            places.map(({ assigned }) => assigned),
          ),
        ]);
      }
    },
    run: async (feeds, fetches) => runNow(feeds, fetches),
    runNow,
    close: () => {
      if (id !== undefined) backend.deleteSavedModel(id);
      id = undefined;
    },
  };
}

function load(backend: NodeBackend, graph: GraphDef): number {
  const folder = mkdtempSync(join(tmpdir(), 'rlloom-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(graph, tag));
    return backend.loadSavedModelMetaGraph(folder, tag);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function joined(first: GraphDef, second: GraphDef): GraphDef {
  return {
    node: [...first.node, ...second.node],
    library: { function: [...first.library.function, ...second.library.function] },
    versions: first.versions,
  };
}

/** What is used of tfjs-node's backend here. */
interface NodeBackend {
  loadSavedModelMetaGraph(path: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(
    id: number,
    inputs: readonly tf.Tensor[],
    places: readonly { readonly name: string }[],
    outputs: string[],
  ): tf.Tensor[];
}
