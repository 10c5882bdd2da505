import { RlloomError } from '@rlloom/spec';
import { runCommand } from './run-command.ts';

/** A program that is there: how to start it, and the first line of its `--version`. */
export interface FoundTool {
  /** Program and leading arguments, for example `['python3', '-m', 'pip']`. */
  readonly command: readonly [string, ...string[]];
  readonly version: string;
}

/** The programs provisioning uses; undefined for one that is not on the PATH. */
export interface NativeTools {
  readonly compiler: FoundTool | undefined;
  readonly pip: FoundTool | undefined;
  readonly npm: FoundTool | undefined;
  /** Python without pip is told apart from no Python, since the remedy differs. */
  readonly python: FoundTool | undefined;
  /** Optional: makes the libraries a fifth smaller. */
  readonly strip: FoundTool | undefined;
}

/** The tools of {@link NativeTools} that must be there. */
export interface RequiredTools {
  readonly compiler: FoundTool;
  readonly pip: FoundTool;
  readonly npm: FoundTool;
  readonly strip: FoundTool | undefined;
}

/** Looks for compiler, Python, pip, npm and strip by asking each for its version. */
export async function findTools(): Promise<NativeTools> {
  const compilers = [process.env['CXX'], 'g++', 'c++', 'clang++'].filter((name) => name !== undefined && name !== '');
  const [compiler, python, npm, strip] = await Promise.all([
    firstThatRuns(compilers.map((name) => [name as string])),
    firstThatRuns([['python3'], ['python']]),
    firstThatRuns(npmCommands()),
    firstThatRuns([['strip']]),
  ]);
  const pip = python === undefined ? undefined : await firstThatRuns([[python.command[0], '-m', 'pip']]);
  return { compiler, python, pip, npm, strip };
}

/**
 * The tools, or an error that names the first one missing and how to get it.
 *
 * @throws RlloomError kind `backend`
 */
export function requireTools(tools: NativeTools): RequiredTools {
  const { pip, npm, python, strip } = tools;
  const compiler = requireCompiler(tools);
  if (pip === undefined) {
    throw new RlloomError('backend', {
      what:
        python === undefined
          ? 'no Python found (tried python3 and python on the PATH)'
          : `${python.version} has no pip`,
      fix: 'install Python 3 with pip, which fetches the TensorFlow library: "apt-get install python3-pip", "dnf install python3-pip", or "python3 -m ensurepip"',
    });
  }
  if (npm === undefined) {
    throw new RlloomError('backend', {
      what: 'npm was not found on the PATH',
      fix: 'put the npm that came with Node on the PATH; it fetches the sources of tfjs-node',
    });
  }
  return { compiler, pip, npm, strip };
}

/**
 * The compiler, or an error that says how to get one.
 *
 * @throws RlloomError kind `backend`
 */
export function requireCompiler({ compiler }: Pick<NativeTools, 'compiler'>): FoundTool {
  if (compiler !== undefined) return compiler;
  throw new RlloomError('backend', {
    what: 'no C++ compiler found (tried $CXX, g++, c++ and clang++ on the PATH)',
    fix: 'install one: "apt-get install g++" (Debian, Ubuntu), "dnf install gcc-c++" (Fedora), "xcode-select --install" (macOS)',
  });
}

// Started as an npm script, npm says where it is, and may not be on the PATH.
function npmCommands(): [string, ...string[]][] {
  const script = process.env['npm_execpath'];
  const own: [string, ...string[]][] = script?.endsWith('npm-cli.js') ? [[process.execPath, script]] : [];
  return [['npm'], ...own];
}

async function firstThatRuns(commands: readonly [string, ...string[]][]): Promise<FoundTool | undefined> {
  for (const command of commands) {
    const [program, ...args] = command;
    const result = await runCommand(program, [...args, '--version'], { timeout: 60_000 });
    if (result.code === 0) return { command, version: (result.stdout || result.stderr).trim().split('\n')[0] ?? '' };
  }
  return undefined;
}
