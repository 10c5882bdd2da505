import { answerCandidates } from './extract/extract-answer.ts';
import { findChoice } from './extract/find-choices.ts';
import { type AnswerReading, readAnswer } from './read-answer.ts';
import { mathVerifierDefaults, type MathVerifierOptions } from './verifier-options.ts';

/**
 * Reads a reference answer. It is an answer already: a box, `####` or a sentence around it is taken off, `$` and the like do
 * not matter. With the targets `choice` or `string` only, it is one of `strings`.
 */
export function readReference(finalAnswer: string, options: MathVerifierOptions): AnswerReading {
  if (options.extract.every((target) => target === 'choice' || target === 'string')) {
    const ignoreCase = options.ignoreCase && options.extract.includes('string');
    const text = findChoice(finalAnswer, options.strings, { ignoreCase }) ?? finalAnswer.trim();
    return { text, expression: { kind: 'text', text }, problem: undefined, isWords: true };
  }
  const whole = finalAnswer.trim();
  const isMarked = /\\(?:boxed|fbox)(?![a-zA-Z])|####/.test(whole);
  const direct = readAnswer(whole);
  if (!isMarked && !isProse(whole)) return direct;
  const targets: MathVerifierOptions = { ...mathVerifierDefaults, boxedPriority: Math.max(0, options.boxedPriority) };
  for (const candidate of answerCandidates(whole, targets)) {
    if (candidate.isWords) continue;
    const read = readAnswer(candidate.text);
    if (read.expression !== undefined) return read;
    if (candidate.isFinal) break;
  }
  return direct;
}

// Words outside of \text{…} and commands: "The answer is $5$", but not "5 apples" or "no solution".
function isProse(text: string): boolean {
  const bare = text.replace(/\\(?:text\w*|mbox|mathrm)\s*\{[^{}]*\}|\\[A-Za-z]+/g, ' ');
  const words = bare.match(/[A-Za-z]{3,}/g) ?? [];
  const hasFormula = /\$[^$]+\$|\\\(|\\\[/.test(text.replace(/^\s*\$\$?|\$\$?\s*$/g, ''));
  return (
    words.length >= 5 || (words.length >= 2 && hasFormula) || /\b(?:answer|solution|result)\s*(?:is|:)/i.test(bare)
  );
}
