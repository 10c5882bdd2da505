import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const memory = '--importMemory --sharedMemory --maximumMemory 65536';
const flags = `${memory} --runtime stub --noAssert -O3 --enable simd --enable threads`.split(' ');

const generated = new URL('../src/wasm/kernels-binary.ts', import.meta.url);

/** Compiles the kernels in this folder; returns the text of `src/wasm/kernels-binary.ts`. */
export async function compileKernels() {
  let binary;
  const { error, stderr } = await asc.main(['index.ts', ...flags, '--outFile', 'kernels.wasm'], {
    readFile: (name, folder) => {
      try {
        return readFileSync(
          fileURLToPath(new URL(`${folder === '.' ? '' : `${folder}/`}${name}`, import.meta.url)),
          'utf8',
        );
      } catch {
        return null;
      }
    },
    writeFile: (name, content) => {
      if (name === 'kernels.wasm') binary = content;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`the kernels do not compile:\n${stderr.toString()}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,110}/g);
  return `// Generated from packages/tensor/assembly by "npm run build:kernels -w @rlloom/tensor"; do not edit.
/** The compiled kernels, base64. */
export const kernelsBinary: string =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}

/** Where the compiled kernels live. */
export const kernelsFile = fileURLToPath(generated);
