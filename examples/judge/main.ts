// A generative reward model, from training to use: it learns to judge how polite letters are, then judges them as a reward, in this process
// and behind an OpenAI-compatible endpoint.
import { createModel, loadTokenizer, writeTokenizerFiles } from '@rlloom/models';
import { createEngineJudge, type JudgeResources, type ModelEvalOptions, modelEvalReward } from '@rlloom/rewards';
import { createGateway } from '@rlloom/rollout/gateway';
import { selectBackend } from '@rlloom/tensor';
import { letters, modelConfig, question, vocabulary } from './setting.ts';
import { trainJudge } from './train.ts';

process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const startedAt = performance.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const { name, reason } = await selectBackend({ backend: 'wasm' });
print(`backend: ${name} (${reason})`);
const folder = 'runs/judge-example/tokenizer';
await writeTokenizerFiles(folder, vocabulary);
const tokenizer = await loadTokenizer(folder);
const model = createModel(modelConfig(tokenizer), { seed: 1 });
const engine = await trainJudge({
  model,
  tokenizer,
  seed: 1,
  supervisedSteps: 36,
  rewardSteps: 40,
  onStep: print,
});

const gateway = await createGateway({ engine, tokenizer, config: { modelName: 'letters-judge' } });
const url = await gateway.listen({ port: 0 });
const judge = { maxTokens: 6 };
const inProcess = await accuracy(
  { judges: [{ kind: 'model', use: 'trained', ...judge }], ...question },
  { judgeModels: { trained: createEngineJudge({ engine, tokenizer }) } },
);
const behindEndpoint = await accuracy({
  judges: [{ kind: 'endpoint', baseUrl: `${url}/v1`, model: 'letters-judge', ...judge }],
  ...question,
});
await gateway.close();
print(`\nright scores of 100 new letters, in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
print(`  judge in this process    ${inProcess} %`);
print(`  judge behind an endpoint ${behindEndpoint} %`);
if (Math.min(inProcess, behindEndpoint) < 80) throw new Error('the judge did not learn to judge');

/** How many of 100 letters that were not trained on get the right score, in percent. */
async function accuracy(options: ModelEvalOptions, resources: JudgeResources = {}): Promise<number> {
  const reward = modelEvalReward(options, resources);
  const right = await Promise.all(
    letters(100, 999).map(async ({ task, response, scores }) => {
      const request = { task, responseText: response, responseTokenCount: 1, stopReason: 'eos' as const };
      const { score } = await reward(request, { signal: new AbortController().signal, deadline: Infinity });
      return score === scores['politeness']! / 2;
    }),
  );
  return right.filter(Boolean).length;
}
