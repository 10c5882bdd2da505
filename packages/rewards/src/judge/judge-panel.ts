import { setMaxListeners } from 'node:events';
import { deriveSeed, type Message, RlloomError } from '@rlloom/spec';
import { createEndpointJudge, type EndpointResources } from './endpoint-judge.ts';
import { createJudgeCache, judgeCacheKey } from './judge-cache.ts';
import { type JudgeAnswer, type JudgeAskOptions, JudgeFailure, type JudgeModel } from './judge-model.ts';
import type { JudgeConfig, JudgesConfig } from './judges.config.ts';
import { type JudgeVerdict, parseVerdict } from './parse-verdict.ts';
import { type VerdictForm, type VerdictFormat, verdictSchema } from './verdict-form.ts';

/** What a reward with judges gets beside its options. */
export interface JudgeResources extends EndpointResources {
  /** Judges of this process, by the name that `use` names: see `createEngineJudge`. */
  readonly judgeModels?: Readonly<Record<string, JudgeModel>>;
}

/** One question to every judge. */
export interface JudgeQuestion {
  readonly taskId: string;
  readonly form: VerdictForm;
  /** The texts shown as data. */
  readonly judged: readonly string[];
  readonly messages: (format: VerdictFormat) => readonly Message[];
}

/** What one judge said, or why it said nothing that counts. */
export interface Opinion {
  readonly judge: string;
  readonly weight: number;
  readonly outcome: JudgeVerdict | { readonly problem: string };
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Answers that were generated for it; 0 = it came from the cache. */
  readonly answers: number;
}

/** Several judges who are asked the same. */
export interface JudgePanel {
  readonly names: readonly string[];
  /** One opinion per judge, in their order. Rejects only when `signal` aborts. */
  ask(question: JudgeQuestion, signal: AbortSignal): Promise<Opinion[]>;
}

interface Judge {
  readonly name: string;
  readonly config: JudgeConfig;
  readonly model: JudgeModel;
  /** It has refused a schema, and then answered without. */
  refusesSchemas: boolean;
}

/**
 * The judges of a configuration.
 *
 * @throws RlloomError `config` for a judge model the program does not hand over, or a key that is not set
 */
export function createJudgePanel(config: JudgesConfig, resources: JudgeResources): JudgePanel {
  const cache = createJudgeCache(config.cache);
  const underWay = new Map<string, Promise<JudgeAnswer>>();
  const judges = config.judges.map(
    (judge, index): Judge => ({
      name: judge.name ?? `judge${index + 1}`,
      config: judge,
      model: modelOf(judge, resources),
      refusesSchemas: false,
    }),
  );

  // The same question at the same time, as groups of equal responses ask it, is asked once.
  const askOnce = async (
    judge: Judge,
    messages: readonly Message[],
    options: JudgeAskOptions,
  ): Promise<{ readonly answer: JudgeAnswer; readonly key: string | undefined; readonly isNew: boolean }> => {
    const { cacheKey } = judge.model;
    if (cacheKey === undefined) return { answer: await judge.model(messages, options), key: undefined, isNew: true };
    const { maxTokens, temperature, seed, responseSchema } = options;
    const key = judgeCacheKey([cacheKey, messages, maxTokens, temperature, seed, responseSchema ?? null]);
    for (;;) {
      const kept = await cache.get(key);
      if (kept !== undefined) return { answer: kept, key: undefined, isNew: false };
      const other = underWay.get(key);
      if (other === undefined) break;
      try {
        return { answer: await abortable(other, options.signal), key: undefined, isNew: false };
      } catch (error) {
        const othersEnd = error instanceof JudgeFailure && error.kind === 'stopped' && !options.signal.aborted;
        if (!othersEnd) throw error;
      }
    }
    const answer = judge.model(messages, options);
    underWay.set(key, answer);
    try {
      return { answer: await answer, key, isNew: true };
    } finally {
      underWay.delete(key);
    }
  };

  const askJudge = async (judge: Judge, question: JudgeQuestion, signal: AbortSignal): Promise<Opinion> => {
    const { form, judged, taskId } = question;
    const { maxTokens, temperature, sendSeed } = judge.config;
    const cost = { promptTokens: 0, completionTokens: 0, answers: 0 };
    const opinion = (outcome: Opinion['outcome']): Opinion => ({
      ...{ judge: judge.name, weight: judge.config.weight, outcome },
      ...cost,
    });
    let problem = '';
    for (let attempt = 0; attempt <= config.parseRetries; attempt++) {
      const ask = async (withSchema: boolean): ReturnType<typeof askOnce> => {
        const isLine = config.answerFormat === 'line' || (config.answerFormat === 'auto' && !withSchema);
        const messages = question.messages(isLine ? 'line' : 'json');
        return askOnce(judge, attempt === 0 ? messages : withReminder(messages), {
          ...{ signal, maxTokens, temperature },
          seed: sendSeed ? deriveSeed(config.seed, 'judge', judge.name, taskId, attempt) : null,
          ...(withSchema && { responseSchema: verdictSchema(form) }),
        });
      };
      try {
        const { answer, key, isNew } = await withFallback(judge, config.answerFormat === 'auto', ask);
        if (isNew) {
          cost.answers++;
          cost.promptTokens += answer.promptTokens ?? 0;
          cost.completionTokens += answer.completionTokens ?? 0;
        }
        const outcome = parseVerdict(answer.text, form, judged);
        if ('values' in outcome) {
          if (key !== undefined) await cache.set(key, answer);
          return opinion(outcome);
        }
        ({ problem } = outcome);
      } catch (error) {
        signal.throwIfAborted();
        problem = error instanceof Error ? error.message : String(error);
        // An answer that is none may be one the next time; a server that is away was asked often enough.
        if (!(error instanceof JudgeFailure && error.kind === 'answer')) return opinion({ problem });
      }
    }
    return opinion({ problem: `no verdict in ${config.parseRetries + 1} answers: ${problem}` });
  };

  return {
    names: judges.map(({ name }) => name),
    ask(question, signal) {
      // Many questions may share one deadline.
      setMaxListeners(0, signal);
      return Promise.all(judges.map((judge) => askJudge(judge, question, signal)));
    },
  };
}

async function withFallback<T>(
  judge: Judge,
  wantsSchema: boolean,
  ask: (withSchema: boolean) => Promise<T>,
): Promise<T> {
  if (!wantsSchema || judge.refusesSchemas) return ask(false);
  try {
    return await ask(true);
  } catch (error) {
    if (!(error instanceof JudgeFailure && error.kind === 'schema')) throw error;
    const answer = await ask(false);
    // Only now is it known that the schema was what it refused.
    judge.refusesSchemas = true;
    return answer;
  }
}

function withReminder(messages: readonly Message[]): Message[] {
  const last = messages.at(-1)!;
  const reminder = 'An earlier answer of yours had no verdict that could be read. Write it exactly as asked for.';
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${reminder}` }];
}

function modelOf(judge: JudgeConfig, resources: JudgeResources): JudgeModel {
  if (judge.kind === 'endpoint') {
    const {
      kind: _kind,
      name: _name,
      weight: _weight,
      temperature: _t,
      maxTokens: _m,
      sendSeed: _s,
      ...endpoint
    } = judge;
    return createEndpointJudge(endpoint, resources);
  }
  const model = resources.judgeModels?.[judge.use];
  if (model !== undefined) return model;
  const names = Object.keys(resources.judgeModels ?? {});
  throw new RlloomError('config', {
    what: `there is no judge model "${judge.use}"; there ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`,
    where: 'options.judges',
    fix: 'hand it over as judgeModels, made by createEngineJudge, or name an endpoint',
  });
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(new JudgeFailure('stopped', 'stopped', signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
