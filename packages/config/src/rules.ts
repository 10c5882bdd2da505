import { formatPath, parsePath } from './config-path.ts';
import { type ConfigTree, treeAt } from './config-tree.ts';
import type { ConfigProblem } from './problem.ts';

/** A condition on several keys that no single key's schema can state. */
export interface ConfigRule<Config> {
  /** The keys it speaks of, as written in files; the first is where the problem is reported. */
  readonly paths: readonly string[];
  /** One sentence saying what is wrong, or `undefined`. `isSet` = a file or the command line says something about it. */
  check(config: Config, isSet: (path: string) => boolean): string | undefined;
  /** What to do about it. */
  readonly fix: string;
}

/**
 * A rule for a key that has an effect under a condition only: setting it otherwise is an error, since whoever set it
 * expects something to happen. A default never is.
 *
 * @param path the key (or group), as written in files
 * @param isAlive whether it has an effect under this configuration
 * @param because why it has none otherwise, naming the other key
 *
 * @example
 * ```ts
 * const rule = deadUnless('kl.horizon', (config) => config.kl.controller === 'adaptive', 'kl.controller is not "adaptive"');
 * rule.check({ kl: { controller: 'fixed' } }, () => true); // => 'has no effect, because kl.controller is not "adaptive"'
 * rule.check({ kl: { controller: 'fixed' } }, () => false); // => undefined
 * ```
 */
export function deadUnless<Config>(
  path: string,
  isAlive: (config: Config) => boolean,
  because: string,
): ConfigRule<Config> {
  return {
    paths: [path],
    check: (config, isSet) => (isSet(path) && !isAlive(config) ? `has no effect, because ${because}` : undefined),
    fix: `remove ${path}, or change what makes it idle`,
  };
}

/** What rules find wrong, at the place each rule's first set key was set. */
export function ruleProblems<Config>(
  rules: readonly ConfigRule<Config>[],
  config: Config,
  tree: ConfigTree,
): ConfigProblem[] {
  const isSet = (path: string): boolean => isSetIn(treeAt(tree, parsePath(path)));
  return rules.flatMap((rule) => {
    const what = rule.check(config, isSet);
    if (what === undefined) return [];
    const path = parsePath(rule.paths.find(isSet) ?? rule.paths[0] ?? '');
    return [{ path: formatPath(path), origin: treeAt(tree, path)?.origin, what, fix: rule.fix }];
  });
}

function isSetIn(node: ConfigTree | undefined): boolean {
  if (node === undefined) return false;
  if (node.kind === 'map' && node.entries.size > 0) return [...node.entries.values()].some(isSetIn);
  return node.origin.kind !== 'default';
}
