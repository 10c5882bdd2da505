import OpenAI from 'openai';

type Messages = OpenAI.ChatCompletionMessageParam[];

/** Asks for the letter after another, and once more after a wrong answer. Returns the answers. Knows nothing of training. */
export async function askForNext(
  letter: string,
  isRight: (answer: string) => boolean,
  endpoint: { readonly baseURL: string; readonly apiKey: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { signal, ...connection } = endpoint;
  const client = new OpenAI(connection);
  const messages: Messages = [{ role: 'user', content: `after ${letter}` }];
  const answers: string[] = [];
  for (;;) {
    const stream = await client.chat.completions.create({ model: 'policy', messages, stream: true }, { signal });
    let answer = '';
    for await (const chunk of stream) answer += chunk.choices[0]?.delta.content ?? '';
    answers.push(answer);
    if (answers.length === 2 || isRight(answer)) return answers;
    messages.push({ role: 'assistant', content: answer }, { role: 'user', content: 'no' });
  }
}
