import { describe, expect, it } from 'vitest';
import { InstructionProblem } from './instruction-arguments.ts';
import { instructionIds, makeInstruction } from './instructions.ts';

const follows = async (id: string, written: Record<string, unknown>, text: string) =>
  makeInstruction(id, written)(text);

describe('makeInstruction', () => {
  it('knows the 25 kinds of IFEval', () => {
    expect(instructionIds).toHaveLength(25);
  });

  it.each<[id: string, written: Record<string, unknown>, yes: readonly string[], no: readonly string[]]>([
    ['keywords:existence', { keywords: ['c++', 'sun'] }, ['Sunny C++'], ['sun c+', '']],
    ['keywords:frequency', { keyword: ' a.b ', relation: 'at least', frequency: 2 }, ['a.b A.B'], ['a.b axb']],
    ['keywords:frequency', { keyword: 'x', relation: 'less than', frequency: 2 }, ['x', 'y'], ['xX']],
    ['keywords:forbidden_words', { forbidden_words: ['cat', 'été'] }, ['category', 'étés', 'cat_'], ['A CAT.', 'été']],
    ['keywords:letter_frequency', { letter: 'Q', let_relation: 'at least', let_frequency: 2 }, ['qQ'], ['q']],
    ['keywords:letter_frequency', { letter: '#', let_relation: 'less than', let_frequency: 1 }, ['a'], ['#']],
    ['punctuation:no_comma', {}, ['a; b'], ['a, b']],
    ['length_constraints:number_sentences', { relation: 'less than', num_sentences: 2 }, ['One.'], ['One. Two.']],
    ['length_constraints:number_words', { relation: 'at least', num_words: 3 }, ['it_s a-b'], ["it's"]],
    [
      'length_constraints:number_paragraphs',
      { num_paragraphs: 2 },
      ['a\n***\nb', '***\na *** b ***'],
      ['a', 'a *** *** b', 'a *** b *** c', ''],
    ],
    [
      'length_constraints:nth_paragraph_first_word',
      { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Then' },
      ['One\n\n"Then, two', 'One\n\n  THEN'],
      ['Then\n\none', 'One\n\nThenceforth', 'One', 'One\n\nThen\n\nthree', 'One\n\n\n\nThen'],
    ],
    ['detectable_content:number_placeholders', { num_placeholders: 2 }, ['[a] [b]', '[[a] []'], ['[a] [b\n]']],
    ['detectable_content:postscript', { postscript_marker: 'P.S.' }, ['bye\np. s. hi', 'P.S. x'], ['PS: x', 'P.S']],
    ['detectable_content:postscript', { postscript_marker: 'P.P.S' }, ['p.p.s', 'P. P. S'], ['P.S.']],
    ['detectable_content:postscript', { postscript_marker: 'NB' }, ['nb: x'], ['n b']],
    [
      'detectable_format:number_bullet_lists',
      { num_bullets: 2 },
      ['* a\n- b', '\n  * a\n\n*b'],
      ['* a', '** a\n* b', '* a\n* b\n- c'],
    ],
    [
      'detectable_format:constrained_response',
      {},
      ['Well: My answer is no.'],
      ['My answer is no', 'my answer is yes.'],
    ],
    [
      'detectable_format:number_highlighted_sections',
      { num_highlights: 2 },
      ['*a* and *b*', '**a** **b**', '*a b* *c*'],
      ['*a*', '* * *a*', '*a\n* *b*'],
    ],
    [
      'detectable_format:multiple_sections',
      { section_spliter: 'Section', num_sections: 2 },
      ['Section 1\na\nSection 2\nb', 'Section1 Section\n2'],
      ['Section 1', 'SECTION 1 SECTION 2', 'Section one Section two'],
    ],
    [
      'detectable_format:json_format',
      {},
      ['{"a": 1}', ' ```json\n[1]\n``` ', '```\n"x"```'],
      ['{a: 1}', 'Here: {}', ''],
    ],
    ['detectable_format:title', {}, ['<<Joy>> x', '<<<a>>>'], ['<< >>', '<Joy>', '<<a\nb>>']],
    ['combination:two_responses', {}, ['a\n******\nb', '****** a ****** b'], ['a ****** a', 'a', 'a ****** ****** b']],
    ['combination:repeat_prompt', { prompt_to_repeat: 'Say it. ' }, [' say IT. It.'], ['I say it.']],
    ['startend:end_checker', { end_phrase: 'The End.' }, ['so "the end."', 'THE END.\n'], ['the end']],
    ['startend:quotation', {}, ['"a\nb"', '""'], ['"', 'a"', '"a" b']],
    [
      'change_case:english_capital',
      {},
      ['THIS IS AN ENGLISH SENTENCE.'],
      ['This is not.', 'DAS HIER IST EIN DEUTSCHER SATZ.'],
    ],
    ['change_case:english_lowercase', {}, ['this is an english sentence.'], ['This is not.', '123']],
    ['change_case:capital_word_frequency', { capital_frequency: 2, capital_relation: 'at least' }, ['A B'], ['A b']],
    [
      'language:response_language',
      { language: 'de' },
      ['Das hier ist ganz sicher ein deutscher Satz.', '123'],
      ['This one is certainly an English sentence.'],
    ],
    [
      'language:response_language',
      { language: 'zh-cn' },
      ['这句话当然是用中文写的。'],
      ['This one is English, is it not?'],
    ],
  ])('%s %j', async (...row) => {
    const [id, written, yes, no] = row;
    for (const text of yes) expect([text, await follows(id, written, text)]).toEqual([text, true]);
    for (const text of no) expect([text, await follows(id, written, text)]).toEqual([text, false]);
  });

  it('cannot tell a language it does not know', async () => {
    expect(await follows('language:response_language', { language: 'sw' }, 'Jibu fupi ni kwamba hakuna.')).toBeNull();
  });

  it.each<[id: string, written: Record<string, unknown>, message: string]>([
    ['keywords:existance', {}, 'there is no instruction "keywords:existance"'],
    ['constructor', {}, 'there is no instruction "constructor"'],
    ['keywords:existence', {}, 'needs "keywords"'],
    ['keywords:existence', { keywords: 'cat' }, '"keywords" must be a list of texts, not "cat"'],
    ['keywords:existence', { keywords: null }, 'must be a list of texts, not null'],
    ['keywords:existence', { keywords: ['a'], frequency: 1 }, 'knows no argument "frequency"'],
    ['length_constraints:number_words', { num_words: -1, relation: 'at least' }, '"num_words" must be a number from 0'],
    ['length_constraints:number_words', { num_words: 1, relation: 'at most' }, '"relation" must be "at least" or'],
    ['startend:end_checker', { end_phrase: 3 }, '"end_phrase" must be a text, not 3'],
  ])('refuses %s %j', (id, written, message) => {
    expect(() => makeInstruction(id, written)).toThrow(InstructionProblem);
    expect(() => makeInstruction(id, written)).toThrow(message);
  });

  it('takes no notice of arguments that are null, as in the files on the hub', async () => {
    expect(await follows('punctuation:no_comma', { num_words: null, keyword: null }, 'a')).toBe(true);
  });
});
