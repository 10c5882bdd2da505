/** Compiles the kernels in this folder; returns the text of `src/wasm/kernels-binary.ts`. */
export function compileKernels(): Promise<string>;
/** Where the compiled kernels live. */
export const kernelsFile: string;
