import type { CliContext } from './cli-context.ts';
import { writeLines } from './cli-context.ts';
import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Runs the command line and resolves with the exit code; it neither throws nor ends the process.
 *
 * @param argv the arguments after `rlloom`; option names may be written with `_` or `-`
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context);
  try {
    await program.parseAsync(argv.map(withDashes), { from: 'user' });
    return 0;
  } catch (error) {
    const debug = program.opts<{ debug?: boolean }>().debug === true || argv.includes('--debug');
    const report = reportFailure(error, { interrupted: context.signal.aborted, debug });
    writeLines(context.stderr, report.lines);
    return report.exitCode;
  }
}

/** `--config_name=x` → `--config-name=x`: config keys have underscores, so people write options with them too. */
function withDashes(argument: string): string {
  if (!argument.startsWith('--')) return argument;
  const [name = '', ...rest] = argument.split('=');
  return [name.replaceAll('_', '-'), ...rest].join('=');
}
