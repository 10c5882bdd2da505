import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '../../tf.ts';
import { encodeSavedModel } from '../graph/graph-proto.ts';
import type { VariablePlaces } from '../graph/graph-variable.ts';
import type { GraphFeed, GraphSession } from './graph-session.ts';

const tag = 'serve';

/**
 * A session of tfjs-node's own: the graph is loaded as a SavedModel. One that is loaded cannot grow, so `extend` loads
 * the whole anew and hands the variables over (on the CPU without a copy), and what was optimized is optimized again. It
 * runs in the calling thread.
 *
 * @param variables the variables that have a value now
 */
export function openSavedModelSession(variables: () => readonly VariablePlaces[]): GraphSession {
  const backend = tf.findBackend('tensorflow') as unknown as NodeBackend;
  const graphs: Uint8Array[] = [];
  let id: number | undefined;
  const runNow = (feeds: readonly GraphFeed[], fetches: readonly string[]): tf.Tensor[] => {
    if (id === undefined) throw new Error('the session has no graph');
    const places = feeds.map(({ name }) => ({ name }));
    return backend.runSavedModel(
      id,
      feeds.map(({ tensor }) => tensor),
      places,
      [...fetches],
    );
  };
  return {
    carries: () => true,
    extend: (graph) => {
      const before = id;
      const places = before === undefined ? [] : variables();
      const values =
        places.length === 0
          ? []
          : runNow(
              [],
              places.map(({ read }) => read),
            );
      id = load(backend, [...graphs, graph]);
      graphs.push(graph);
      if (before !== undefined) backend.deleteSavedModel(before);
      if (places.length === 0) return;
      const feeds = places.map(({ value }, i) => ({ name: value, tensor: values[i] as tf.Tensor }));
      const done = runNow(
        feeds,
        places.map(({ assigned }) => assigned),
      );
      tf.dispose([values, done]);
    },
    run: async (feeds, fetches) => runNow(feeds, fetches),
    runNow,
    close: async () => {
      if (id !== undefined) backend.deleteSavedModel(id);
      id = undefined;
    },
  };
}

function load(backend: NodeBackend, graphs: readonly Uint8Array[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'rlloom-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(graphs, tag));
    return backend.loadSavedModelMetaGraph(folder, tag);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
