import { excerpt } from './chat-completion.ts';
import type { Opinion } from './judge-panel.ts';

/** One line about what a judge said: its values, its reasoning, what it cost. */
export function opinionLine({ judge, outcome, ...cost }: Opinion, about = ''): string {
  const said =
    'values' in outcome
      ? `${Object.entries(outcome.values)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}${outcome.reasoning.trim() === '' ? '' : `: ${excerpt(outcome.reasoning)}`}`
      : outcome.problem;
  return `${judge}${about}: ${said} (${costLine(cost)})`;
}

/** The token use of several opinions, in words. */
export function costOf(opinions: readonly Opinion[]): string {
  const sum = (key: 'answers' | 'promptTokens' | 'completionTokens'): number =>
    opinions.reduce((total, opinion) => total + opinion[key], 0);
  return `tokens: ${sum('promptTokens')} read, ${sum('completionTokens')} written, ${sum('answers')} answers`;
}

/** That too few judges gave a verdict. */
export function tooFew(count: number, needed: number): string {
  return `${count} of the ${needed} verdicts needed`;
}

function costLine({ answers, promptTokens, completionTokens }: Omit<Opinion, 'judge' | 'outcome'>): string {
  return answers === 0 ? 'asked before' : `${promptTokens} + ${completionTokens} tokens`;
}
