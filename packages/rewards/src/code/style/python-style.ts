import { NoVerdict, type RunContext, runProgram } from '../run-limits.ts';
import { pythonStyleProgram } from './python-style-program.ts';
import { scoreStyle, type StyleFacts, type StyleScore } from './style-score.ts';

/**
 * Scores the style of Python code from its syntax tree, which is read inside the sandbox; the code is not run. Code
 * that does not parse, or that no parser survives, has score 0.
 *
 * @throws NoVerdict when the sandbox fails
 */
export async function pythonStyle(context: RunContext, code: string): Promise<StyleScore> {
  const result = await runProgram(context, { language: 'python', code: pythonStyleProgram, stdin: code });
  if (result.end !== 'exited' || result.exitCode !== 0) {
    return { score: 0, findings: ['the code is too much for a parser'] };
  }
  const answer = parseFacts(result.stdout);
  if ('error' in answer) return { score: 0, findings: [answer.error] };
  return scoreStyle(answer, context.config.style);
}

function parseFacts(text: string): StyleFacts | { readonly error: string } {
  let answer: (StyleFacts & { syntax: true }) | { syntax: false; error: string };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch (error) {
    throw new NoVerdict('the style program answered nonsense', { cause: error });
  }
  return answer.syntax ? answer : { error: answer.error };
}
