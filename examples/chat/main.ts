// Talk to a model folder in a terminal: each turn is rendered by the folder's chat template, and the answer is shown
// as it is written. Without a chat template the model goes on with what was typed.
import { createInterface } from 'node:readline/promises';
import { generateStream, loadModel, loadTokenizer } from '@rlloom/models';
import { deriveSeed, isRlloomError, type Message } from '@rlloom/spec';
import { selectBackend } from '@rlloom/tensor';
import { type ChatOptions, chatOptions, usage } from './options.ts';

async function main(options: ChatOptions): Promise<void> {
  const backend = await selectBackend({ backend: options.backend });
  const tokenizer = await loadTokenizer(options.folder);
  const model = await loadModel(options.folder);
  console.log(
    `${options.folder}: ${model.config.modelType}, ${model.parameterCount.toLocaleString('en-US')} parameters, on ${backend.name}` +
      (tokenizer.hasChatTemplate ? '' : '; no chat template, so it goes on with what you type'),
  );
  const opening: Message[] = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  let conversation = opening;

  const answer = async (text: string, signal?: AbortSignal): Promise<void> => {
    conversation = [...conversation, { role: 'user', content: text }];
    const promptTokens = tokenizer.hasChatTemplate
      ? tokenizer.encodeChat(conversation, { addGenerationPrompt: true })
      : tokenizer.encode(conversation.map(({ content }) => content).join('\n'));
    const room = model.config.maxPositionEmbeddings - promptTokens.length;
    if (room < 1) {
      console.log(`the conversation fills the model's ${model.config.maxPositionEmbeddings} positions; /reset it`);
      return;
    }
    const sampling = {
      temperature: options.temperature,
      topK: 0,
      topP: options.topP,
      minP: 0,
      maxNewTokens: Math.min(options.maxNewTokens, room),
    };
    const seed = deriveSeed(options.seed, 'turn', conversation.length);
    const started = performance.now();
    let written = '';
    let tokens = 0;
    for await (const piece of generateStream(model, [{ promptTokens, sampling, seed }], {
      tokenizer,
      text: 'before-stop',
      ...(signal && { signal }),
    })) {
      if (piece.draw !== undefined) tokens += 1;
      written += piece.text ?? '';
      process.stdout.write(piece.text ?? '');
    }
    conversation = [...conversation, { role: 'assistant', content: written }];
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`\n(${tokens} tokens, ${(tokens / seconds).toFixed(1)} a second)\n`);
  };

  try {
    if (options.prompt !== undefined) {
      await answer(options.prompt);
      return;
    }
    console.log('/reset forgets the conversation, /exit ends it\n');
    const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: 'you> ' });
    let running: AbortController | undefined;
    terminal.on('SIGINT', () => (running === undefined ? terminal.close() : running.abort()));
    terminal.prompt();
    for await (const line of terminal) {
      if (line.trim() === '/exit') break;
      if (line.trim() === '/reset') conversation = opening;
      else if (line.trim() !== '') {
        running = new AbortController();
        await answer(line, running.signal);
        running = undefined;
      }
      terminal.prompt();
    }
    terminal.close();
  } finally {
    model.dispose();
  }
}

try {
  const options = chatOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else await main(options);
} catch (error) {
  const text = isRlloomError(error)
    ? [error.message, ...(error.fix === undefined ? [] : [`→ ${error.fix}`])].join('\n')
    : error instanceof Error
      ? error.message
      : String(error);
  console.error(text);
  process.exitCode = 1;
}
