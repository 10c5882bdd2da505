import type { MathVerifierOptions } from '@rlloom/rewards';
import type { CaseConfig } from './math-case.ts';

type Target = MathVerifierOptions['extract'][number];

const targets: Readonly<Record<string, Target>> = {
  latex: 'latex',
  expr: 'expr',
  string: 'string',
  choice: 'choice',
  boxed: 'boxed',
  raw: 'raw',
};

/** The options of `verifyMathAnswer` that do what the configuration of a case asks; suites have habits of their own. */
export function caseOptions(config: CaseConfig, kind: string): Partial<MathVerifierOptions> {
  const asked = (config.extract ?? []).flatMap((name) => targets[name] ?? []);
  const extract: readonly Target[] = config.bracket === true ? ['bracket', ...asked] : asked;
  return {
    ...(extract.length > 0 && { extract }),
    ...(config.boxed_match_priority !== undefined && { boxedPriority: config.boxed_match_priority }),
    ...(config.try_extract_without_anchor !== undefined && { unanchored: config.try_extract_without_anchor }),
    ...(config.float_rounding !== undefined && { decimalPlaces: config.float_rounding }),
    ...(config.rel_tol !== undefined && { relativeTolerance: config.rel_tol }),
    ...(config.strict !== undefined && { strict: config.strict }),
    ...(config.allow_set_relation_comp !== undefined && { relationsAsSets: config.allow_set_relation_comp }),
    ...(config.reasoning_delimiters !== undefined && { reasoningDelimiters: config.reasoning_delimiters }),
    ...(config.strings !== undefined && { strings: config.strings }),
    ...(config.lowercase !== undefined && { ignoreCase: config.lowercase }),
    // That suite compares texts, and with them the order of lists.
    ...(kind === 'hendrycks_is_equiv' && { orderedLists: true }),
  };
}
