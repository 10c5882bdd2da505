import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenizerFromFiles } from '../testing/tokenizer-from-files.ts';
import { characterTokenizerFiles } from './character-tokenizer.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { writeTokenizerFiles } from './tokenizer-files.ts';

const characters = [...'0123456789+-*/=(). ;,\nabcxyz"\\'];
const options = {
  tokens: [...characters, '####', 'é', '×'],
  specialTokens: ['<|user|>'],
  chatTemplate: '<|user|>{{ messages[0].content }}',
};

describe('characterTokenizerFiles', () => {
  it('numbers special tokens first, then the others in their order', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles(options));
    expect(tokenizer).toMatchObject({ vocabularySize: 4 + options.tokens.length, padTokenId: 0, eosTokenIds: [1] });
    expect([...tokenizer.encode('01\n####é×')]).toEqual([
      4,
      5,
      4 + characters.indexOf('\n'),
      ...[0, 1, 2].map((i) => 4 + characters.length + i),
    ]);
    expect([...tokenizer.encodeChat([{ role: 'user', content: '0' }], { addGenerationPrompt: true })]).toEqual([3, 4]);
    expect(tokenizer.decode(tokenizer.encode('<|user|>1<eos>'), { skipSpecialTokens: true })).toBe('1');
  });

  it('gives back every text of its characters, one token for each', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles(options));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...options.tokens)), (parts) => {
        const tokens = tokenizer.encode(parts.join(''));
        expect(tokenizer.decode(tokens)).toBe(parts.join(''));
        expect(tokens.length).toBe(parts.length);
      }),
    );
  });

  it('marks what it does not know', async () => {
    const tokenizer = await tokenizerFromFiles(characterTokenizerFiles({ ...options, unknownToken: '<?>' }));
    expect([...tokenizer.encode('1Q1')]).toEqual([5, 2, 5]);
    expect(tokenizer.decode(tokenizer.encode('1Q1'))).toBe('1<?>1');
    expect(tokenizer.hasChatTemplate).toBe(true);
    expect((await tokenizerFromFiles(characterTokenizerFiles({ tokens: ['a'] }))).hasChatTemplate).toBe(false);
  });

  it.each([
    [['a', 'b', 'a'], /the token "a" is repeated/],
    [['<eos>'], /the token "<eos>" is repeated/],
    [[''], /the token "" is empty/],
  ])('refuses the tokens %j', (tokens, message) => {
    expect(() => characterTokenizerFiles({ tokens })).toThrow(message);
  });
});

describe('writeTokenizerFiles', () => {
  it('makes the folder', async () => {
    const directory = join(await mkdtemp(join(tmpdir(), 'rlloom-tokenizer-')), 'a', 'b');
    await writeTokenizerFiles(directory, options);
    expect((await readdir(directory)).sort()).toEqual([
      'chat_template.jinja',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect((await loadTokenizer(directory)).vocabularySize).toBe(4 + options.tokens.length);
  });

  it('says when it cannot write', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-tokenizer-'));
    await writeFile(join(directory, 'file'), '');
    await expect(writeTokenizerFiles(join(directory, 'file', 'x'), options)).rejects.toThrow(
      /a part of this path is a file/,
    );
  });
});
