/**
 * How many sentences an English text has, by the rules of Punkt (Kiss and Strunk 2006), which IFEval counts with: `?`
 * and `!` end one; a full stop does unless it belongs to an abbreviation, an initial, or a number before a small
 * letter; an ellipsis does not. Line breaks end none, and "e.g. " ends one, as there.
 *
 * NLTK's model knows 20,000 words of the Wall Street Journal and which of them it saw capitalised; here a short list
 * of words that start sentences stands for them.
 *
 * @example
 * ```ts
 * countSentences('Dr. Smith came at 3 p.m. on Friday. Why? Nobody knows... yet.'); // => 3
 * ```
 */
export function countSentences(text: string): number {
  const words = [...text.matchAll(/\S+/g)].map(([word]) => word);
  let sentences = 0;
  let open = false;
  for (const [index, word] of words.entries()) {
    if (!open && sentences > 0 && /^["')\]}]+$/.test(word)) continue;
    const next = words[index + 1];
    const end = endOfSentence(word, next);
    // What follows a sentence within its last word belongs to it when it closes something, else it starts another.
    const rest = end === undefined ? '' : word.slice(end).replace(/^["')\]}]+/, '');
    open = true;
    if (end === undefined) continue;
    sentences += 1;
    open = rest !== '';
  }
  return sentences + Number(open);
}

/** Where in a word its sentence ends (exclusive), if it does. */
function endOfSentence(word: string, next: string | undefined): number | undefined {
  const marks = [
    ...word.matchAll(next === undefined ? /[.?!](?=[)";}\]*:@'({[!?])/g : /[.?!](?=[)";}\]*:@'({[!?]|$)/g),
  ];
  const last = marks.at(-1);
  if (last === undefined) return undefined;
  const end = last.index + 1;
  if (last[0] !== '.') return end;
  const after = word.slice(end) === '' ? (next ?? '') : word.slice(end);
  return stopEnds(lastToken(word.slice(0, end)), after) ? end : undefined;
}

/** The last token of a word that ends with a full stop: quotes and brackets stand apart. */
function lastToken(word: string): string {
  const dots = /\.{2,}$/.exec(word);
  if (dots !== null) return dots[0];
  const start = Math.max(...Array.from(')";}]*:@\'({[!?', (mark) => word.lastIndexOf(mark))) + 1;
  return word.slice(start);
}

function stopEnds(token: string, after: string): boolean {
  const [first = ''] = after.match(/^[\p{L}\p{N}'-]+/u) ?? [];
  const isUpper = /^\p{Lu}/u.test(first);
  const starts = isUpper && starters.has(first.toLowerCase());
  if (token.endsWith('..')) return starts;
  const type = token.slice(0, -1).toLowerCase();
  if (/^\p{L}$/u.test(type)) return isUpper ? starts : !/^[\p{Ll},;:.!?]/u.test(after);
  if (abbreviations.has(type) || abbreviations.has(type.split('-').at(-1) ?? '')) return starts;
  if (/^-?[.,]?\d[\d,.-]*$/.test(type)) return !/^[\p{Ll},;:.!?]/u.test(after);
  return true;
}

const abbreviations: ReadonlySet<string> = new Set(
  `mr mrs ms messrs dr prof sr jr st gen col capt lt sgt maj adm rep reps sen gov rev hon
   inc corp co cos ltd bros dept vs ct ave blvd ft mg tues wed thurs fri sat
   jan feb aug sept sep oct nov dec
   u.s u.k u.n u.s.a u.s.s.r a.m p.m d.c n.y l.a n.j n.h n.c n.d s.c w.va b.c a.d m.d ph.d s.a n.v
   ala ariz calif colo conn ga fla kan ky mich minn mont nev okla ore pa tenn va vt wash wis ill`.split(/\s+/),
);

const starters: ReadonlySet<string> = new Set(
  `a an the this that these those there it its he his she her they their we our i my you your
   in on at for from with by as if when while where after before since although though but and or so yet however
   what who which why how some many most all both each no not one another such then now thus also
   it's he's she's they're we're i'm you're that's there's don't let let's please`.split(/\s+/),
);
