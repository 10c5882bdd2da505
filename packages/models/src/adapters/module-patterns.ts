import { RlloomError } from '@rlloom/spec';

// PEFT's patterns are Python's regular expressions; what both languages know is the same here.

/** Whether the pattern fits the path of a module from its start to its end. */
export function matchesWhole(pattern: string, path: string): boolean {
  return compile(pattern, (source) => `^(?:${source})$`).test(path);
}

/** Whether the pattern fits the path, or its end from a dot on. */
export function matchesEnd(pattern: string, path: string): boolean {
  return compile(pattern, (source) => `^(?:.*\\.)?(?:${source})$`).test(path);
}

function compile(pattern: string, around: (source: string) => string): RegExp {
  try {
    return new RegExp(around(pattern));
  } catch (error) {
    throw new RlloomError('model', {
      what: `"${pattern}" is not a pattern that can be read here: ${(error as Error).message}`,
      where: 'adapter_config.json',
      fix: 'list the names of the modules, or write the pattern with what Python and JavaScript share',
      cause: error,
    });
  }
}
