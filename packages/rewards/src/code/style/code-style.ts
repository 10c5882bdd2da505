import type { CodeLanguage } from '../code-sandbox-defaults.ts';
import type { RunContext } from '../run-limits.ts';
import { javascriptStyle } from './javascript-style.ts';
import { pythonStyle } from './python-style.ts';
import type { StyleScore } from './style-score.ts';

/** Scores the style of code, see `scoreStyle`. */
export function codeStyle(
  context: RunContext,
  { code, language }: { readonly code: string; readonly language: CodeLanguage },
): Promise<StyleScore> {
  return language === 'python'
    ? pythonStyle(context, code)
    : javascriptStyle(code, { language, ...context.config.style });
}
