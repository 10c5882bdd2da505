import { runInNewContext } from 'node:vm';

/** JavaScript, or why the code is no TypeScript. */
export type TypescriptResult = { readonly code: string } | { readonly problem: string };

/**
 * Takes the types off TypeScript, without checking them; enums and parameter properties become code, `import` and
 * `export` become CommonJS. Line numbers stay. Code made to keep the parser busy (its time doubles with every nested
 * generic arrow) is a problem after a second.
 *
 * @example
 * ```ts
 * await typescriptToJavascript('const x: number = 1;'); // => { code: '"use strict";const x = 1;' }
 * ```
 */
export async function typescriptToJavascript(code: string): Promise<TypescriptResult> {
  const { transform } = await import('sucrase');
  try {
    const work = (): string =>
      transform(code, { transforms: ['typescript', 'imports'], disableESTransforms: true }).code;
    // Not for isolation: this is the way to end a function that runs in this thread.
    return { code: runInNewContext('work()', { work }, { timeout: 1000 }) as string };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
