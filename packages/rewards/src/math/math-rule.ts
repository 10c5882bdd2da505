import type { RewardFunction, RewardRequest } from '@rlloom/spec';
import type { MathOracle } from './oracle/math-oracle.ts';
import { type MathRuleConfig, mathRuleDefaults } from './math-rule-defaults.ts';
import { type MathStepsVerdict, verifyMathSteps } from './steps/verify-math-steps.ts';
import { type MathVerdict, verifyMathAnswer } from './verify-math-answer.ts';

/**
 * The `math_rule` reward: 1 for the reference answer, else 0, see `verifyMathAnswer`. With `stepWeight` w the score is
 * `(1 - w) * answer + w * steps`, where `steps` is the mean of the fraction of true equations in the response and the
 * fraction of reference steps found in it (if the task has steps), see `verifyMathSteps`; the verdict stays that of the
 * answer. With `oracle` the real math-verify is asked where the verifier cannot decide, in its own process.
 *
 * @returns a reward whose results have the parts `answer`, and with `stepWeight` `equations` and `reference_steps`; it
 *   throws RlloomError `reward` when the oracle is needed and not installed
 */
export function mathRule(options: Partial<MathRuleConfig> = {}): RewardFunction {
  const config = { ...mathRuleDefaults, ...options };
  const ask = config.oracle === null ? undefined : startAsking(config);
  return (request, { deadline }) => {
    const { groundTruth } = request.task;
    if (groundTruth === undefined) {
      return {
        verdict: 'unverifiable',
        score: null,
        parts: { answer: null },
        reasons: ['the task has no ground_truth'],
      };
    }
    const { finalAnswer, steps } = groundTruth;
    const found = verifyMathAnswer(request.responseText, finalAnswer, config);
    if (ask === undefined || found.verdict !== 'unverifiable' || finalAnswer.trim() === '') {
      return asResult(found, request, { steps, stepWeight: config.stepWeight });
    }
    return ask(found, { answer: found.answer ?? request.responseText, reference: finalAnswer, deadline }).then(
      (asked) => asResult(asked, request, { steps, stepWeight: config.stepWeight }),
    );
  };
}

type Judged = Pick<MathVerdict, 'verdict' | 'reasons'>;

// Least and most that the oracle gets of the time until the deadline.
const leastMs = 100;
const mostMs = 5000;

function startAsking({ oraclePython, decimalPlaces }: MathRuleConfig) {
  let oracle: Promise<MathOracle> | undefined;
  return async (
    found: MathVerdict,
    { answer, reference, deadline }: { answer: string; reference: string; deadline: number },
  ): Promise<Judged> => {
    oracle ??= import('./oracle/python-oracle.ts').then(({ createPythonOracle }) =>
      createPythonOracle({ python: oraclePython, timeoutMs: mostMs }),
    );
    const { isCorrect, reason } = await (await oracle).ask({
      answer,
      reference,
      timeoutMs: Math.max(leastMs, Math.min(mostMs, deadline - Date.now() - leastMs)),
      ...(decimalPlaces !== null && { decimalPlaces }),
    });
    const verdict = isCorrect === undefined ? 'unverifiable' : isCorrect ? 'correct' : 'incorrect';
    return { verdict, reasons: [...found.reasons, reason] };
  };
}

function asResult(
  { verdict, reasons }: Judged,
  { responseText, stopReason }: RewardRequest,
  { steps: reference, stepWeight }: { steps: readonly string[] | undefined; stepWeight: number | null },
): Awaited<ReturnType<RewardFunction>> {
  const cut = stopReason === 'length' && verdict === 'incorrect' ? ['the response was cut at the token limit'] : [];
  if (verdict === 'unverifiable')
    return { verdict, score: null, parts: { answer: null }, reasons: [...reasons, ...cut] };
  const answer = verdict === 'correct' ? 1 : 0;
  if (stepWeight === null) return { verdict, score: answer, parts: { answer }, reasons: [...reasons, ...cut] };
  const steps = verifyMathSteps(responseText, reference);
  const { trueFraction, referenceFraction } = steps;
  const stepScore = referenceFraction === undefined ? trueFraction : (trueFraction + referenceFraction) / 2;
  return {
    verdict,
    score: (1 - stepWeight) * answer + stepWeight * stepScore,
    parts: {
      answer,
      equations: trueFraction,
      ...(referenceFraction !== undefined && { reference_steps: referenceFraction }),
    },
    reasons: [...reasons, ...cut, ...stepReasons(steps)],
  };
}

function stepReasons({ equationCount, trueFraction, referenceFraction, falseEquations }: MathStepsVerdict): string[] {
  const equations = `${Math.round(trueFraction * equationCount)} of ${equationCount} equations are true`;
  return [
    falseEquations.length === 0 ? equations : `${equations}; false: ${falseEquations.join(' ; ')}`,
    ...(referenceFraction === undefined
      ? []
      : [`${Math.round(referenceFraction * 100)}% of the reference steps found`]),
  ];
}
