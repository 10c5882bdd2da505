import type { InstructionMaker } from './instructions.ts';

/** Instructions about content, format, beginning and end. */
export const contentInstructions: Readonly<Record<string, InstructionMaker>> = {
  'detectable_content:number_placeholders': (read) => {
    const wanted = read.count('num_placeholders');
    return (response) => (response.match(/\[[^\n\]]*\]/g)?.length ?? 0) >= wanted;
  },
  'detectable_content:postscript': (read) => {
    const marker = read.text('postscript_marker').trim();
    return (response) => postscripts[marker]?.test(response) ?? response.toLowerCase().includes(marker.toLowerCase());
  },
  'detectable_format:number_bullet_lists': (read) => {
    const wanted = read.count('num_bullets');
    return (response) => {
      const stars = response.match(/^[^\S\n]*\*[^*].*$/gm)?.length ?? 0;
      return stars + (response.match(/^[^\S\n]*-.*$/gm)?.length ?? 0) === wanted;
    };
  },
  'detectable_format:constrained_response': () => (response) =>
    ['My answer is yes.', 'My answer is no.', 'My answer is maybe.'].some((option) => response.includes(option)),
  'detectable_format:number_highlighted_sections': (read) => {
    const wanted = read.count('num_highlights');
    return (response) => {
      const single = response.match(/\*[^\n*]*\*/g) ?? [];
      const double = response.match(/\*\*[^\n*]*\*\*/g) ?? [];
      return [...single, ...double].filter((section) => /[^\s*]/.test(section)).length >= wanted;
    };
  },
  'detectable_format:multiple_sections': (read) => {
    const splitter = read.text('section_spliter').trim();
    const wanted = read.count('num_sections');
    return (response) => {
      const marks = response.split(splitter).slice(1);
      return marks.filter((rest) => /^\s?\p{Nd}/u.test(rest)).length >= wanted;
    };
  },
  'detectable_format:json_format': () => (response) => isJson(withoutFence(response.trim()).trim()),
  'detectable_format:title': () => (response) =>
    (response.match(/<<[^\n]+>>/g) ?? []).some((title) => /[^\s<>]/.test(title.replace(/^<+|>+$/g, ''))),
  'combination:two_responses': () => (response) => {
    const parts = response.split('******').map((part) => part.trim());
    const isBroken = parts.slice(1, -1).some((part) => part === '');
    const filled = parts.filter((part) => part !== '');
    return !isBroken && filled.length === 2 && filled[0] !== filled[1];
  },
  'combination:repeat_prompt': (read) => {
    const prompt = read.text('prompt_to_repeat').trim().toLowerCase();
    return (response) => response.trim().toLowerCase().startsWith(prompt);
  },
  'startend:end_checker': (read) => {
    const phrase = read.text('end_phrase').trim().toLowerCase();
    return (response) =>
      response
        .trim()
        .replace(/^"+|"+$/g, '')
        .toLowerCase()
        .endsWith(phrase);
  },
  'startend:quotation': () => (response) => /^".*"$/s.test(response.trim()),
};

const postscripts: Readonly<Record<string, RegExp>> = {
  'P.P.S': /p\.\s?p\.\s?s/i,
  'P.S.': /p\.\s?s\./i,
};

function withoutFence(text: string): string {
  let inner = text;
  for (const fence of ['```json', '```Json', '```JSON', '```'])
    if (inner.startsWith(fence)) inner = inner.slice(fence.length);
  return inner.endsWith('```') ? inner.slice(0, -3) : inner;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
