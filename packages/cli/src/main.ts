import { listenForInterrupts } from './interrupt.ts';
import { runCli } from './run-cli.ts';

// `rlloom inspect ... | head` closes our output early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const interrupts = listenForInterrupts(process, process.stderr);
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  workingDirectory: process.cwd(),
  signal: interrupts.signal,
});
interrupts.stop();
