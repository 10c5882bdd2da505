import protobuf from 'protobufjs/light.js';

/** How a session runs its graph. What is left out is as TensorFlow has it. */
export interface SessionConfig {
  /**
   * How many operations run at once, on threads of the session's own. Default: one per core, on threads that all sessions
   * of the process share. The threads inside an operation are those the backend was loaded with: TensorFlow has one pool
   * of them per process.
   */
  readonly interOpThreads?: number;
  /** Take memory of a GPU as it is needed rather than nearly all. Counts for the first session or backend in a process. Default false. */
  readonly growGpuMemory?: boolean;
  /** Let TensorFlow find groups of operations to compile with XLA, also on the CPU. Default false. */
  readonly findXlaClusters?: boolean;
  /**
   * Run the graph as it was recorded, without TensorFlow's rewriting of it: a function compiles several times faster, and
   * two functions that share a part compute the same bits in it. Default false.
   */
  readonly keepsGraph?: boolean;
}

// From tensorflow/core/protobuf/config.proto: the fields that are written here.
const { ConfigProto } = protobuf.Root.fromJSON({
  nested: {
    ConfigProto: {
      fields: {
        interOpParallelismThreads: { type: 'int32', id: 5 },
        usePerSessionThreads: { type: 'bool', id: 9 },
        gpuOptions: { type: 'GpuOptions', id: 6 },
        graphOptions: { type: 'GraphOptions', id: 10 },
      },
    },
    GpuOptions: { fields: { allowGrowth: { type: 'bool', id: 4 } } },
    GraphOptions: {
      fields: {
        optimizerOptions: { type: 'OptimizerOptions', id: 3 },
        rewriteOptions: { type: 'RewriterConfig', id: 10 },
      },
    },
    RewriterConfig: { fields: { disableMetaOptimizer: { type: 'bool', id: 19 } } },
    OptimizerOptions: {
      fields: { globalJitLevel: { type: 'int32', id: 5 }, cpuGlobalJit: { type: 'bool', id: 7 } },
    },
  },
}) as unknown as { readonly ConfigProto: protobuf.Type };

/** A serialized `tensorflow.ConfigProto`; empty for an empty config. */
export function encodeSessionConfig(config: SessionConfig): Uint8Array {
  const { interOpThreads, growGpuMemory = false, findXlaClusters = false, keepsGraph = false } = config;
  const graphOptions = {
    // 1 is `ON_1`.
    ...(findXlaClusters ? { optimizerOptions: { globalJitLevel: 1, cpuGlobalJit: true } } : {}),
    ...(keepsGraph ? { rewriteOptions: { disableMetaOptimizer: true } } : {}),
  };
  return ConfigProto.encode({
    ...(interOpThreads === undefined ? {} : { interOpParallelismThreads: interOpThreads, usePerSessionThreads: true }),
    ...(growGpuMemory ? { gpuOptions: { allowGrowth: true } } : {}),
    ...(findXlaClusters || keepsGraph ? { graphOptions } : {}),
  }).finish();
}
