/** JavaScript, or why the code is no TypeScript. */
export type TypescriptResult = { readonly code: string } | { readonly problem: string };

/**
 * Takes the types off TypeScript, without checking them; enums and parameter properties become code, `import` and
 * `export` become CommonJS. Line numbers stay.
 *
 * @example
 * ```ts
 * await typescriptToJavascript('const x: number = 1;'); // => { code: '"use strict";const x = 1;' }
 * ```
 */
export async function typescriptToJavascript(code: string): Promise<TypescriptResult> {
  const { transform } = await import('sucrase');
  try {
    return { code: transform(code, { transforms: ['typescript', 'imports'], disableESTransforms: true }).code };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
