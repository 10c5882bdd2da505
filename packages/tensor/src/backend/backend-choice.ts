/** The backends rlloom knows, by the name a user types. */
export type BackendName = 'tfjs-node-gpu' | 'tfjs-node' | 'wasm' | 'cpu' | 'webgpu';

/** What {@link selectBackend} chose and why. */
export interface BackendChoice {
  readonly name: BackendName;
  /** The name TensorFlow.js has for it: `tensorflow`, `wasm`, `cpu`, `webgpu`. */
  readonly tfjsBackendName: string;
  /** Why this one, in one line. */
  readonly reason: string;
  /** The backends that were tried before and did not load, in order, each with its reason. */
  readonly tried: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Version of the library that computes, for example `tfjs-backend-wasm 4.22.0`. */
  readonly libraryVersion: string;
  /** Threads a single operation may use. */
  readonly threads: number;
  /** The device in words: `CPU (wasm, SIMD)`. */
  readonly device: string;
}

/** What a backend's loader says of itself once it has loaded. */
export interface LoadedBackend {
  readonly loaded: true;
  readonly tfjsBackendName: string;
  /** How it was found, in a few words that fit after "because". */
  readonly reason: string;
  readonly libraryVersion: string;
  readonly threads: number;
  readonly device: string;
}

/** A backend that is not here or does not start, and why. */
export interface BackendNotLoaded {
  readonly loaded: false;
  readonly reason: string;
}
