import { z } from 'zod';
import { translatePattern } from '../hugging-face-parts.ts';

/** A pattern as tokenizer.json writes it: a text, or a regular expression of Oniguruma. */
export const patternSchema = z.union([z.strictObject({ String: z.string() }), z.strictObject({ Regex: z.string() })]);

/** The pattern as a regular expression with the flags `g` and `u`. */
export const compilePattern = (pattern: z.infer<typeof patternSchema>): RegExp =>
  translatePattern('Regex' in pattern ? { Regex: withFoldedLetters(pattern.Regex) } : pattern);

// Without regard to case, s and k are also ſ and the Kelvin sign. The library folds ASCII only.
function withFoldedLetters(source: string): string {
  return source.replace(/\(\?i:([^()[\]\\]*)\)/g, (_, body: string) => {
    const folded = body.replace(/s/gi, '[sSſ]').replace(/k/gi, '[kK\u212a]');
    return `(?i:${folded})`;
  });
}

/** What is white space to Rust and to Unicode; `\s` of JavaScript differs in U+0085 and U+FEFF. */
export const whiteSpace = /\p{White_Space}/u;

/** Letters, marks, digits and connectors: `\w` of the Rust regular expressions. */
export const wordCharacters = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
