import { createRequire } from 'node:module';
import { Command, Option } from 'commander';
import type { CliContext } from './cli-context.ts';

/**
 * The command line: names, options and help. Each command's code is loaded when the command runs, so that
 * `rlloom --help` loads neither tfjs nor zod.
 */
export function createProgram(context: CliContext): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const program = new Command('rlloom')
    .description('Reinforcement learning for language models, in TypeScript, on one machine.')
    .version(version)
    .option('--debug', 'on an error, print the stack as well')
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    });

  program
    .command('doctor')
    .description('show what this machine offers, which backend is chosen and why, and what to do about it')
    .addOption(backendOption())
    .option('--json', 'print the findings as JSON')
    .action(async (options: { backend: string; json?: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor(options, context);
    });

  return program;
}

function backendOption(): Option {
  return new Option('--backend <name>', 'tensor backend to use')
    .choices(['auto', 'tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu', 'webgpu'])
    .default('auto');
}
