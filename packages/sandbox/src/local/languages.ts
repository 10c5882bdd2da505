import type { Toolchain } from '../probe/toolchain.ts';
import { programFile } from '../programs/programs.ts';
import type { SandboxLanguage, SandboxLimits, SandboxRun } from '../sandbox.ts';
import { typescriptToJavascript } from '../typescript/typescript-to-javascript.ts';

/** How a language is run. */
export interface LanguagePlan {
  /** `null` = in the supervisor's interpreter. */
  readonly argv: readonly string[] | null;
  readonly main: string | null;
  readonly code: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whether the limit on memory may be one on addresses: V8 reserves far more of those than it uses. */
  readonly limitsAddresses: boolean;
}

/** The languages `toolchain` can run. */
export function languagesOf({ python, node, bash }: Toolchain): SandboxLanguage[] {
  return [
    'python',
    ...(python.pytest ? (['pytest'] as const) : []),
    ...(node === null ? [] : (['javascript', 'typescript'] as const)),
    ...(bash === null ? [] : (['bash'] as const)),
  ];
}

/** How to run `code`, TypeScript without its types already; `null` when this toolchain cannot. */
export function planLanguage(
  { language, code }: Pick<SandboxRun, 'language' | 'code'>,
  { python, node, bash }: Toolchain,
  limits: SandboxLimits,
): LanguagePlan | null {
  const plain = { code, files: {}, limitsAddresses: true };
  switch (language) {
    case 'python':
      return { ...plain, argv: null, main: 'main.py' };
    case 'pytest':
      if (!python.pytest) return null;
      return { ...plain, argv: null, main: null, code: programFile('run_pytest.py'), files: { 'test_main.py': code } };
    case 'javascript':
    case 'typescript': {
      if (node === null) return null;
      const heap = Math.max(32, Math.floor(limits.memoryMb * 0.75));
      const argv = [node.path, `--max-old-space-size=${heap}`, ...quiet, 'main.js'];
      return { ...plain, argv, main: 'main.js', files: moduleScope, limitsAddresses: false };
    }
    case 'bash':
      return bash === null ? null : { ...plain, argv: [bash, '--noprofile', '--norc', 'main.sh'], main: 'main.sh' };
  }
}

/** The JavaScript of TypeScript; code that is none becomes a program that says so and fails. */
export async function withoutTypes(code: string): Promise<string> {
  const result = await typescriptToJavascript(code);
  if ('code' in result) return result.code;
  return `process.stderr.write(${JSON.stringify(`SyntaxError: ${result.problem}\n`)}); process.exitCode = 1;`;
}

/** Node looks for this file in every folder above, which are closed. Without a type in it, syntax decides. */
const moduleScope = { 'package.json': '{}' };
const quiet = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
