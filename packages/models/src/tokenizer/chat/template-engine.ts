import { RlloomError } from '@rlloom/spec';
import { formatDate } from './format-date.ts';
import { createScope, parseTemplate, runTemplate, type TemplateNode, textFunction } from './jinja-parts.ts';
import { pythonText, textFunctionName, writeAsPython } from './python-text.ts';

/** A compiled Jinja template. */
export type CompiledTemplate = (variables: Readonly<Record<string, unknown>>) => string;

/** Thrown by `raise_exception` of a template. */
class Refusal extends Error {}

/** Whether a template raised this itself. */
export const isRefusal = (error: unknown): error is Error => error instanceof Refusal;

/**
 * Compiles a template with the functions that transformers offers: `raise_exception`, `strftime_now`, `range`,
 * `namespace`.
 *
 * @throws RlloomError kind `model` when it is not valid Jinja
 */
export function compileTemplate(text: string, where: string, now: () => Date): CompiledTemplate {
  const program = parsed(text, where);
  return (variables) => {
    const scope = createScope();
    scope.variables.set(textFunctionName, textFunction(pythonText));
    const globals = {
      true: true,
      false: false,
      none: null,
      True: true,
      False: false,
      None: null,
      range,
      raise_exception: (message: string) => {
        throw new Refusal(message);
      },
      strftime_now: (format: string) => formatDate(now(), format),
    };
    for (const [name, value] of Object.entries({ ...globals, ...variables })) scope.set(name, value);
    return runTemplate(program, scope);
  };
}

function parsed(text: string, where: string): TemplateNode {
  try {
    return writeAsPython(parseTemplate(text));
  } catch (error) {
    throw new RlloomError('model', {
      what: `the chat template is not valid Jinja: ${error instanceof Error ? error.message : String(error)}`,
      where,
      fix: 'correct chat_template.jinja, or chat_template in tokenizer_config.json',
      cause: error,
    });
  }
}

function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, index) => start + index * step);
}
