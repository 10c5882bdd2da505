import { spawn } from 'node:child_process';
import { RlloomError } from '@rlloom/spec';
import type { RunAgent } from './agent-run.ts';

/** A program that is an agent. */
export interface AgentCommandOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Default: the current folder. */
  readonly workingDirectory?: string;
  /** Variables beside those that are added. Default: `process.env` */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets what the program prints, line by line or in parts. Default: it is thrown away. */
  readonly onOutput?: (text: string) => void;
  /** Milliseconds between asking it to end and ending it. Default 2000 */
  readonly graceMs?: number;
}

/** Characters of what a program that failed said last. */
const keptOutput = 2000;

/**
 * An agent that is a program in any language: it finds the endpoint in `OPENAI_BASE_URL` and `OPENAI_API_KEY`, its task
 * as JSON in `RLLOOM_TASK` (`id`, `tag`, `messages`, `ground_truth`, `extra`), where to send a reward in
 * `RLLOOM_REWARD_URL`, and a seed in `RLLOOM_SEED`. An exit code other than 0 is a failure. On a deadline the program
 * and those it started are ended.
 */
export function agentCommand(options: AgentCommandOptions): RunAgent {
  const { command, args = [], workingDirectory = process.cwd(), env = process.env, onOutput, graceMs = 2000 } = options;
  return async ({ task, baseUrl, apiKey, rewardUrl, seed, signal }) => {
    const { id, tag, messages, groundTruth, extra } = task;
    const child = spawn(command, [...args], {
      cwd: workingDirectory,
      env: {
        ...env,
        ...{
          OPENAI_BASE_URL: baseUrl,
          OPENAI_API_KEY: apiKey,
          RLLOOM_REWARD_URL: rewardUrl,
          RLLOOM_SEED: String(seed),
        },
        RLLOOM_TASK: JSON.stringify({ id, tag, messages, ground_truth: groundTruth?.finalAnswer, extra }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what it starts ends with it.
      detached: process.platform !== 'win32',
    });
    let said = '';
    const listen = (chunk: Buffer): void => {
      const text = chunk.toString();
      said = (said + text).slice(-keptOutput);
      onOutput?.(text);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      stop(child.pid, 'SIGTERM');
      timer = setTimeout(() => stop(child.pid, 'SIGKILL'), graceMs);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      if (signal.aborted) end();
      const { code, killedBy } = await new Promise<{ readonly code: number | null; readonly killedBy: string | null }>(
        (resolve, reject) => {
          child.once('error', reject);
          child.once('close', (exitCode, killSignal) => resolve({ code: exitCode, killedBy: killSignal }));
        },
      );
      if (code === 0) return;
      throw new RlloomError('rollout', {
        what: `the agent ended with ${killedBy ?? `exit code ${code}`}: ${said.trim().slice(-keptOutput / 2) || 'it said nothing'}`,
        where: command,
      });
    } catch (error) {
      if (error instanceof RlloomError) throw error;
      throw new RlloomError('rollout', {
        what: `the agent could not be started: ${error instanceof Error ? error.message : String(error)}`,
        where: command,
        fix: 'check the command and its folder',
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  };
}

function stop(pid: number | undefined, how: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, how);
  } catch {
    // It has ended already.
  }
}
