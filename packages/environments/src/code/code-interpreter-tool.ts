import type { Sandbox, SandboxLanguage, SandboxLimits, SandboxResult } from '@rlloom/sandbox';
import type { Tool } from '@rlloom/spec';
import { z } from 'zod';
import { defineTool } from '../tools/define-tool.ts';

/** Options of the code interpreter. */
export interface CodeInterpreterOptions {
  /**
   * Where programs run: `createFusionSandbox` of `@rlloom/sandbox/fusion` for a Sandbox Fusion, `createSandbox` of
   * `@rlloom/sandbox` for this machine. It is closed with the tool.
   */
  readonly sandbox: Sandbox;
  /** Default `python` */
  readonly language?: SandboxLanguage;
  readonly limits?: Partial<SandboxLimits>;
}

/**
 * `code_interpreter`: runs a program, each call anew, and answers what it printed. What went wrong (an exception, an end
 * by a limit) is part of the answer, so that the policy can mend it.
 */
export function codeInterpreterTool({ sandbox, language = 'python', limits }: CodeInterpreterOptions): Tool {
  return defineTool({
    name: 'code_interpreter',
    description: `Runs a ${language} program and answers what it prints. Nothing is kept between calls.`,
    parameters: z.object({ code: z.string().min(1).describe('the program; print what you want to see') }),
    async execute({ code }, { signal }) {
      const result = await sandbox.run({ language, code: unfenced(code), ...(limits && { limits }) }, { signal });
      return { content: answerOf(result), metrics: { failed_runs: isClean(result) ? 0 : 1 } };
    },
    close: () => sandbox.close(),
  });
}

// Models like to fence the code they hand over.
function unfenced(code: string): string {
  return /^\s*```\w*\n([\s\S]*?)\n?```\s*$/u.exec(code)?.[1] ?? code;
}

function isClean({ end, exitCode }: SandboxResult): boolean {
  return end === 'exited' && exitCode === 0;
}

function answerOf(result: SandboxResult): string {
  const { stdout, stderr, end, exitCode, signal } = result;
  if (isClean(result)) return stdout === '' ? '(the program printed nothing)' : stdout;
  const how =
    end === 'exited'
      ? `the program ended with code ${exitCode}`
      : end === 'signal'
        ? `the program was killed by ${signal}`
        : `the program reached its limit of ${end}`;
  return [`Error: ${how}`, stderr.trimEnd(), stdout.trimEnd()].filter((part) => part !== '').join('\n');
}
