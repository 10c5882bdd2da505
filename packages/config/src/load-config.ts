import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import type { z } from 'zod';
import { formatPath, parsePath } from './config-path.ts';
import type { ConfigTree } from './config-tree.ts';
import { readInherited } from './inherit.ts';
import { schemaPaths } from './nearest-key.ts';
import { applyOverrides } from './overrides.ts';
import { type ConfigProblem, problemsError } from './problem.ts';
import { readTree } from './read-tree.ts';
import { type ConfigRule, ruleProblems } from './rules.ts';
import { validationProblems } from './validation-problems.ts';

/** Where a configuration is and what it must look like. */
export interface LoadConfigOptions<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** The folder of configuration files, or, without `configName`, the file itself. */
  readonly configPath: string;
  /** The file's name in that folder, with or without `.yaml`. */
  readonly configName?: string;
  /** `key.path=value`, `+key.path=value`, `~key.path`; later ones count. Default: none. */
  readonly overrides?: readonly string[];
  /** Where inherited names are looked for that are not beside the file: configurations that come with a package. */
  readonly baseDirectory?: string;
  /** Conditions on several keys. Default: none. */
  readonly rules?: readonly ConfigRule<z.infer<Schema>>[];
}

/** A validated configuration that still knows where its values come from. */
export interface LoadedConfig<Config> {
  /** The configuration as code uses it: camelCase, every default filled in. */
  readonly config: Config;
  readonly schema: z.ZodType<Config>;
  /** What files and overrides said, with the place of every key. */
  readonly tree: ConfigTree;
  /** Every file that was read, ancestors first. */
  readonly files: readonly string[];
}

/**
 * Reads a YAML file with what it inherits, applies overrides, and validates. The result's type is the schema's.
 *
 * @throws RlloomError `config` with every problem at once: unknown keys with the nearest right one, values of the wrong
 * type, broken rules, each with `file:line:column` or "command line"
 *
 * @example
 * ```ts
 * const { config } = await loadConfig({ schema: runConfig, configPath: 'configs', configName: 'train', overrides: ['rollout.group_size=4'] });
 * ```
 */
export async function loadConfig<Schema extends z.ZodType>(
  options: LoadConfigOptions<Schema>,
): Promise<LoadedConfig<z.infer<Schema>>> {
  const { schema, rules = [] } = options;
  checkRulePaths(schema, rules);
  const { tree: inherited, files } = await readInherited(configFile(options), options.baseDirectory);
  const { tree, problems: overrideProblems } = applyOverrides(schema, inherited, options.overrides ?? []);
  const named = readTree(schema, tree);
  const validated = await schema.safeParseAsync(named.value);
  const found: ConfigProblem[] = [...overrideProblems, ...named.problems];
  if (!validated.success) {
    found.push(...validationProblems({ schema, value: named.value, tree }, validated.error.issues));
  } else if (found.length === 0) {
    found.push(...ruleProblems(rules, validated.data, tree));
  }
  if (!validated.success || found.length > 0) throw problemsError(found);
  return { config: validated.data, schema: schema as z.ZodType<z.infer<Schema>>, tree, files };
}

function configFile({
  configPath,
  configName,
}: Pick<LoadConfigOptions<z.ZodType>, 'configPath' | 'configName'>): string {
  if (configName === undefined) return configPath;
  return join(configPath, /\.ya?ml$/.test(configName) ? configName : `${configName}.yaml`);
}

// A rule about a key that does not exist could never fire: that is a mistake of the program, found on its first run.
function checkRulePaths(schema: z.ZodType, rules: readonly ConfigRule<never>[]): void {
  const known = new Set(schemaPaths(schema).map(formatPath));
  const unknown = rules.flatMap((rule) => rule.paths).find((path) => !known.has(formatPath(parsePath(path))));
  if (unknown === undefined) return;
  throw new RlloomError('unexpected', { what: `a rule speaks of ${unknown}, which the schema does not have` });
}
