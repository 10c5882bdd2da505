import { RlloomError } from '@rlloom/spec';

/** Where a value is in a configuration: keys, and positions in lists as their decimal text. */
export type PathSegments = readonly string[];

/**
 * The segments as one text: joined by dots, a key with a dot, a quote, `=` or white space in double quotes. List
 * positions have no brackets, since shells would read those as patterns.
 *
 * @example
 * ```ts
 * formatPath(['reward_weights', 'math.hard']); // => 'reward_weights."math.hard"'
 * ```
 */
export function formatPath(segments: PathSegments): string {
  return segments.map((segment) => (/^[^.\s"'=]+$/.test(segment) ? segment : JSON.stringify(segment))).join('.');
}

/**
 * The segments of a path; a quoted segment may hold dots.
 *
 * @throws RlloomError `config` for an empty segment or an open quote
 *
 * @example
 * ```ts
 * parsePath('data.train.0'); // => ['data', 'train', '0']
 * parsePath('reward_weights."math.hard"'); // => ['reward_weights', 'math.hard']
 * ```
 */
export function parsePath(text: string): string[] {
  const { segments, rest } = readPath(text);
  if (segments === undefined || rest !== '') {
    throw new RlloomError('config', {
      what: `"${text}" is not a path of keys`,
      fix: 'write keys joined by dots, e.g. rollout.group_size; put a key that holds a dot in double quotes',
    });
  }
  return segments;
}

/** The path `text` begins with, and what follows it; no segments when it does not begin with one. */
export function readPath(text: string): { readonly segments: string[] | undefined; readonly rest: string } {
  const segments: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^(?:("(?:[^"\\]|\\.)*")|'([^']*)'|([^.\s"'=]+))/.exec(rest);
    if (match === null) return { segments: undefined, rest: text };
    const [whole, quoted, single, plain] = match;
    segments.push(quoted === undefined ? (single ?? plain ?? '') : unquote(quoted));
    rest = rest.slice(whole.length);
    if (!rest.startsWith('.')) return { segments, rest };
    rest = rest.slice(1);
  }
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}
