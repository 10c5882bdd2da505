import { type CharacterTokenizerOptions, type ModelConfig, parseModelConfig } from '@rlloom/models';
import { deriveSeed, type Message, type Task, type Tokenizer } from '@rlloom/spec';

const boxNames = [...'abcd'];
const callStart = '<tool_call>{"name": "look", "arguments": {"box": "';
const callEnd = '"}}</tool_call>';

/** One token per letter, digit and role, and per part of a call. The template writes calls as Qwen's does. */
export const vocabulary: CharacterTokenizerOptions = {
  tokens: [callStart, callEnd, 'after ', 'no', 'none', ...'abcde0123'],
  specialTokens: ['[user]', '[tool]', '[assistant]'],
  chatTemplate: `{% for message in messages %}[{{ message.role }}]{{ message.content }}{% for call in message.tool_calls or [] %}${callStart}{{ call.function.arguments.box }}${callEnd}{% endfor %}{% if message.role == 'assistant' %}<eos>{% endif %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}`,
};

/** A two-layer model of 0.1 M parameters for a tokenizer. */
export function modelConfig(tokenizer: Tokenizer): ModelConfig {
  return parseModelConfig({
    model_type: 'qwen2',
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 192,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    initializer_range: 0.05,
    pad_token_id: tokenizer.padTokenId,
    eos_token_id: tokenizer.eosTokenIds[0],
  });
}

/** What there is to do: find out what is in a box, or say the letter after another. In turn. */
export function tasks(count: number, seed: number): Task[] {
  return Array.from({ length: count }, (_, i): Task => {
    const letter = pick(boxNames, deriveSeed(seed, 'letter', i));
    const content = { box: letter, after: `after ${letter}` };
    const tag = i % 2 === 0 ? 'box' : 'after';
    return {
      id: `${tag}-${seed}-${i}`,
      tag,
      messages: [{ role: 'user', content: content[tag] }],
      extra: { letter, seed: deriveSeed(seed, i) },
    };
  });
}

/** What is in the boxes of a task. */
export function boxesOf({ extra }: Task): Readonly<Record<string, string>> {
  return Object.fromEntries(
    boxNames.map((name) => [name, pick([...'0123'], deriveSeed(extra?.['seed'] as number, name))]),
  );
}

/** The letter of a task. */
export function letterOf({ extra }: Task): string {
  return extra?.['letter'] as string;
}

/**
 * What a policy starts from: turns of the right form that are more often wrong than right, out of habit. It looks into the
 * first box, says 0 whatever it saw, and repeats the letter.
 */
export function demonstrations(count: number, seed: number): Task[] {
  return Array.from({ length: count }, (_, i): Task => {
    const user = (content: string): Message => ({ role: 'user', content });
    const assistant = (content: string): Message => ({ role: 'assistant', content });
    const isRight = (what: string): boolean => deriveSeed(seed, what, i) % 20 < 7;
    const asked = pick(boxNames, deriveSeed(seed, 'asked', i));
    const seen = pick([...'0123'], deriveSeed(seed, 'seen', i));
    const call = assistant(`${callStart}${isRight('open') ? asked : 'a'}${callEnd}`);
    const after = assistant(isRight('after') ? letterAfter(asked) : asked);
    const conversations = [
      [user(asked), call],
      [user(asked), call, { role: 'tool' as const, content: seen }, assistant(isRight('say') ? seen : '0')],
      [user(`after ${asked}`), after],
      [user(`after ${asked}`), assistant(asked), user('no'), after],
    ];
    return { id: `shown-${i}`, tag: 'shown', messages: conversations[i % 4]! };
  });
}

/** The letter after another. */
export function letterAfter(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}

function pick(from: readonly string[], seed: number): string {
  return from[seed % from.length]!;
}
