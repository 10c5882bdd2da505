/** The part of the WebAssembly API used here; TypeScript has its types in the browser library only. */
export interface WebAssemblyApi {
  readonly Memory: abstract new () => { readonly buffer: ArrayBuffer | SharedArrayBuffer };
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(binary: Uint8Array): boolean;
}

/** The runtime's WebAssembly. */
export const webAssembly: WebAssemblyApi = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi })
  .WebAssembly;
