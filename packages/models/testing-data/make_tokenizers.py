"""Writes small tokenizers of every kind with what Python `tokenizers` and `transformers` make of many texts.

    python make_tokenizers.py FOLDER [--seed N] [--random-texts N]

Without options it writes the files that are kept beside it. With other seeds it adds random texts and tokens.
"""

import argparse
import base64
import json
import random
import struct
import unicodedata
from datetime import datetime
from pathlib import Path
from unittest import mock

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = [
    "The answer is 42. What is the sum of 3.14 and 1,000? Let us think step by step, the other answer isn't there.",
    "You're right: they've said it's what we'll do, and I'm sure that the theory is the best thing in the world.",
    "def add(a, b):\n    return a + b\n\nfor item in range(10):\n    print(item, end='')\n",
    "Größe und Höhe: naïve café, déjà vu. Привет мир, как дела? こんにちは世界。你好,世界!",
    "the then there these those other mother brother together " * 3,
]

TEXTS = [
    "",
    " ",
    "\n",
    "The answer is 42.",
    " leading and trailing ",
    "   three   spaces\tand a tab",
    "lines\n\n\nand\r\nmore\n ",
    "I'm sure they'VE said it's we'll'd",
    "12345 3.14159 1,000 x²½ ٣٤",
    "naïve café e\u0301 A\u030a\u0327 \u1e9b\u0323 ệ",
    "ǅ İstanbul ΑΣ ﬁ ﬃ Ａ① ㍿",
    "👩‍👩‍👧‍👦 🇩🇪👍🏽 x😀y",
    "你好,世界。こんにちは한국어 한글",
    "שלום עולם مرحبا بالعالم हिन्दी",
    "zero\u200bwidth\u00a0nbsp\u3000ideographic\u0085nel\ufefffeff",
    "control\u0001\u0000\u007f\ufffd\u00ad end",
    "<|im_start|>user\nhi<|im_end|> x",
    "a <mask> b<mask>c  <mask>  d",
    " [SEP] x[SEP]y [UNK] <unk> <s>a</s>",
    "plus plussing surplus plus, plus",
    "Fußball STRASSE straße ŒUVRE",
    "(a+b)*[c]/{d}; \"q\" – — … «x» ¿?",
    "▁ already ▁▁ there <0x41>",
    "don't  won' t . , ! ? 's",
    "the the  the   thethe other",
    "𝒳 𠀋 \U0001f9d1\u200d\U0001f4bb",
    "'ſ 'K x'S",
    "\u0301leading mark \u0338= x",
]

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")


def special(*contents):
    return [AddedToken(content, special=True, normalized=False) for content in contents]


def byte_level(normalizer, pre, post, size=296):
    tokenizer = Tokenizer(models.BPE())
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = post
    return tokenizer


def qwen():
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer = byte_level(normalizers.NFC(), pre, processors.ByteLevel(trim_offsets=False))
    tokenizer.add_special_tokens(special(*SPECIAL))
    tokenizer.add_tokens([AddedToken("<tool_call>", normalized=False), AddedToken("plus", single_word=True)])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=9, pad_id=1)
    return tokenizer


def llama3():
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer = byte_level(None, pre, processors.ByteLevel(trim_offsets=True))
    tokenizer.add_special_tokens(special("<s>", "</s>"))
    bos = tokenizer.token_to_id("<s>")
    template = processors.TemplateProcessing(single="<s> $A </s>:1", special_tokens=[("<s>", bos), ("</s>", bos + 1)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), template])
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = True
    return Tokenizer.from_str(json.dumps(data))


def roberta():
    tokenizer = byte_level(None, pre_tokenizers.ByteLevel(add_prefix_space=True), processors.ByteLevel())
    tokenizer.add_special_tokens(special("<s>", "</s>"))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    first = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", first + 1), ("<s>", first))
    return tokenizer


def pieces(prefix, normalizer, pre, decoder, fuse=True):
    # A vocabulary as SentencePiece exports it: specials, bytes, merged pieces, characters.
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, byte_fallback=True))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    lines = [line for text in CORPUS for line in text.split("\n")]
    words = [prefix + word for line in lines for word in line.split()]
    trainer = trainers.BpeTrainer(vocab_size=90, show_progress=False)
    inner = Tokenizer(models.BPE())
    inner.train_from_iterator(words, trainer)
    learned = json.loads(inner.to_str())["model"]
    vocabulary = ["<unk>", "<s>", "</s>", *bytes_]
    vocabulary += [token for token in learned["vocab"] if token not in vocabulary]
    data = json.loads(tokenizer.to_str())
    data["model"]["vocab"] = {token: index for index, token in enumerate(vocabulary)}
    data["model"]["merges"] = learned["merges"]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(special("<unk>", "<s>", "</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def sentence_piece_decoder(strip):
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if strip else steps)


def llama2():
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer = pieces("▁", normalizer, None, sentence_piece_decoder(True))
    tokenizer.add_tokens([AddedToken("plus", normalized=True), AddedToken("<mask>", rstrip=True, normalized=False)])
    return tokenizer


def mistral():
    pre = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    return pieces("▁", None, pre, sentence_piece_decoder(True))


def gemma():
    pre = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer = pieces("▁", normalizers.Replace(" ", "▁"), pre, sentence_piece_decoder(False), fuse=False)
    tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("\n", normalized=False)])
    return tokenizer


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=150, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def cased_word_piece():
    tokenizer = word_piece()
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=True, clean_text=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Whitespace(),
            pre_tokenizers.Punctuation("merged_with_next"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def characters_map(rules):
    # A trie as SentencePiece stores it: a double array over bytes, then the replacements, each ended by a zero.
    replacements, positions = b"", {}
    for source, target in rules.items():
        positions[source.encode()] = len(replacements)
        replacements += target.encode() + b"\0"
    tree = {}
    for key, position in positions.items():
        node = tree
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = position
    units, used = [0] * 4096, {0}

    def place(node, index, label):
        keys = [0 if key is None else key for key in node]
        base = next(b for b in range(1, 4000) if all((b ^ key) not in used for key in keys) and (index ^ b) < 2**21)
        used.update(base ^ key for key in keys)
        units[index] = label | ((base ^ index) << 10) | (1 << 8 if None in node else 0)
        for key, child in node.items():
            if key is None:
                units[base] = (1 << 31) | child
            else:
                place(child, base ^ key, key)

    place(tree, 0, 0)
    array = b"".join(struct.pack("<I", unit) for unit in units[: (max(used) | 255) + 1])
    return struct.pack("<I", len(array)) + array + replacements


def unigram(byte_fallback=False):
    rules = {"ﬁ": "fi", "①": "1", "Ａ": "A", "㍿": "株式会社", "\u3000": " ", "\u00a0": " ", "\u200b": "", "e\u0301": "é"}
    pre = pre_tokenizers.Metaspace(prepend_scheme="never" if byte_fallback else "always")
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    data = json.loads(tokenizer.to_str())
    if byte_fallback:
        data["model"]["byte_fallback"] = True
        data["model"]["vocab"] += [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    else:
        encoded = base64.b64encode(characters_map(rules)).decode()
        data["normalizer"] = {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": encoded},
                {"type": "Strip", "strip_left": False, "strip_right": True},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"},
            ],
        }
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = (
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="never")])
        if byte_fallback
        else decoders.Metaspace()
    )
    if not byte_fallback:
        tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def folded():
    # The rest of the normalizers and splits.
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"[’']+"), "' "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Digits(),
            pre_tokenizers.Split(Regex(r"\w+"), "contiguous", invert=True),
            pre_tokenizers.CharDelimiterSplit("-"),
        ]
    )
    trainer = trainers.WordLevelTrainer(vocab_size=90, special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens(
        [
            AddedToken("Plus", single_word=True, normalized=True),
            AddedToken("<mask>", lstrip=True, rstrip=True, single_word=True, normalized=False),
            AddedToken("world", normalized=True),
        ]
    )
    return tokenizer


def bpe_words():
    # BPE with ends of words, NFKC, and pieces that stand alone.
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Nmt()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Punctuation("contiguous")]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=170, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    return tokenizer


KINDS = {
    "qwen": qwen,
    "llama3": llama3,
    "roberta": roberta,
    "llama2": llama2,
    "mistral": mistral,
    "gemma": gemma,
    "word-piece": word_piece,
    "cased-word-piece": cased_word_piece,
    "unigram": unigram,
    "unigram-bytes": lambda: unigram(byte_fallback=True),
    "folded": folded,
    "bpe-words": bpe_words,
}


def character(rng, first, last):
    # Rust's and JavaScript's tables of the newest characters differ with their versions, so old ones only.
    while unicodedata.ucd_3_2_0.category(found := chr(rng.randrange(first, last))) == "Cn":
        pass
    return found


def random_text(rng, tokens):
    alphabets = [
        lambda: chr(rng.randrange(32, 127)),
        lambda: rng.choice(" \n\t \u00a0\u3000\r'-.,!"),
        lambda: chr(rng.choice([0xE9, 0x301, 0x323, 0x308, 0x30A, 0x327, 0x65, 0x61, 0x1E69, 0xC5, 0x212B])),
        lambda: character(rng, 0xA0, 0x600),
        lambda: character(rng, 0x600, 0x1000),
        lambda: character(rng, 0x1E00, 0x3100),
        lambda: chr(rng.choice([rng.randrange(0x4E00, 0x4F00), rng.randrange(0xAC00, 0xAD00), rng.randrange(0x1100, 0x1200)])),
        lambda: character(rng, 0xFB00, 0xFFF0),
        lambda: chr(rng.randrange(0x1F300, 0x1F700)),
        lambda: rng.choice(tokens),
        lambda: rng.choice(["the", " other", "answer", "plus", " is"]),
    ]
    weights = [rng.random() ** 3 for _ in alphabets]
    return "".join(rng.choices(alphabets, weights)[0]() for _ in range(rng.randrange(1, 30)))


def units(text):
    # Positions in characters to positions in UTF-16, as JavaScript counts.
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if ord(character) > 0xFFFF else 1))
    return positions


def encoding(tokenizer, text):
    position = units(text)
    plain = tokenizer.encode(text, add_special_tokens=False)
    full = tokenizer.encode(text)
    result = {"text": text, "ids": plain.ids, "offsets": [position[end] for pair in plain.offsets for end in pair]}
    if full.ids != plain.ids:
        # Special tokens at both ends.
        pairs, plain_pairs = list(zip(full.ids, full.offsets)), list(zip(plain.ids, plain.offsets))
        before = next(i for i in range(3) if pairs[i : i + len(plain_pairs)] == plain_pairs)
        after = full.ids[before + len(plain.ids) :]
        assert all(place == (0, 0) for place in full.offsets[:before] + full.offsets[before + len(plain.ids) :])
        result.update(before=full.ids[:before], after=after)
    return result


def record(tokenizer, texts, rng, count):
    size = tokenizer.get_vocab_size()
    decodings = []
    for index in range(count):
        ids = [rng.randrange(size + 2) for _ in range(rng.randrange(1, 13))]
        # Bytes side by side make and break characters.
        if index % 3 == 0:
            ids += tokenizer.encode(rng.choice(texts), add_special_tokens=False).ids[1:-1][:12]
        decodings.append({"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False), "plain": tokenizer.decode(ids)})
    return {"encodings": [encoding(tokenizer, text) for text in texts], "decodings": decodings}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


GENERATION = """{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}
        {% generation %}
        {{- message.content }}{{ '<|im_end|>' }}
        {%- endgeneration %}
        {{- '\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""

TIGHT_GENERATION = (
    "{% for m in messages %}{% if m.role == 'assistant' %}\n<|im_start|>assistant\n{%- generation -%}\n"
    "  {{ m.content }}<|im_end|> \n {%- endgeneration %}\n{% else %}[{{ m.content | trim }}]\n{% endif %}{% endfor %}"
)

TOOLS_TEMPLATE = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
    {{- "Tools:" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' ~ messages[0]['content'] ~ '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(last=-1, turns=0) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages | length - 1) - loop.index0 %}
    {%- if ns.last < 0 and message.role == 'user' %}{%- set ns.last = index %}{%- endif %}
{%- endfor %}
{%- for message in messages if message.role != 'system' %}
    {%- set ns.turns = ns.turns + 1 %}
    {%- if message.role == 'tool' %}
        {{- '<tool id=' + message.tool_call_id + '>' + message.content + '</tool>' }}
    {%- elif message.tool_calls is defined and message.tool_calls %}
        {{- '<|im_start|>assistant\\n' + (message.content or '') }}
        {%- for call in message.tool_calls %}
            {{- '<tool_call>' }}{{ {"name": call.function.name, "arguments": call.function.arguments} | tojson }}
            {%- for key, value in call.function.arguments | items %}{{ ' ' ~ key ~ '=' ~ value }}{% endfor %}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- else %}
        {%- set content = message.content %}
        {%- if message.role == 'assistant' and '</think>' in content and loop.index0 < ns.last %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""

STRICT_TEMPLATE = """{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for message in messages %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate: ' ~ message.role) }}{% endif %}
<{{ message.role | upper }}> {{ message.content | trim }} {{ eos_token -}}
{%- endfor %}
"""

DATE_TEMPLATE = "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%A, %B %-d, %Y %H:%M:%S %j %y %I%p %a %%') }}|{{ messages[0].content }}"

SEVERAL = [
    {"name": "default", "template": "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"},
    {"name": "tool_use", "template": "{{ tools | tojson(indent=2) }}{% for m in messages %}{{ m.content }}{% endfor %}"},
    {"name": "rag", "template": "{% for d in documents %}{{ d.title }} = {{ d.text }};{% endfor %}{{ messages[-1].content }}"},
]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a <city> & \"more\" 'ü'.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 2}, "now": {"type": "boolean", "default": True}},
            "required": ["city"],
        },
    },
}


def message(role, content, **rest):
    return {"role": role, "content": content, **rest}


def call(name, arguments, identifier="call-1"):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


ASK = [message("user", "Hi 👋 there")]
SYSTEM = [message("system", "Be  brief."), *ASK]
TWO = [*SYSTEM, message("assistant", "Hello,  you "), message("user", "2+2?"), message("assistant", "4 你好 é")]
THINKING = [
    message("user", "2+2?"),
    message("assistant", "<think>\nadd\n</think>\n\n4"),
    message("user", "3+3?"),
    message("assistant", "<think>\nmore\n</think>\n\n6"),
]
CALLS = [
    *SYSTEM,
    message("assistant", "", tool_calls=[call("get_weather", {"city": "Köln", "days": 2, "x": [1, None, True, {"a": "\n"}]})]),
    message("tool", '{"t": 21}', tool_call_id="call-1"),
    message("assistant", "21 degrees"),
]


def chat_cases():
    for template in ["generation", "tight"]:
        for messages in [ASK, TWO, THINKING]:
            yield {"template": template, "messages": messages, "mask": True}
            yield {"template": template, "messages": messages, "add_generation_prompt": True}
    for messages in [ASK, SYSTEM, TWO, THINKING, CALLS]:
        yield {"template": "tools", "messages": messages, "add_generation_prompt": True}
        yield {"template": "tools", "messages": messages, "tools": [WEATHER]}
        yield {"template": "tools", "messages": messages, "add_generation_prompt": True, "variables": {"enable_thinking": False}}
        yield {"template": "strict", "messages": messages}
    for template in ["generation", "tools", "strict", "tight"]:
        for messages in [THINKING, TWO[:3], TWO[1:3], [*ASK, message("assistant", "begun  ")]]:
            yield {"template": template, "messages": messages, "continue_final_message": True}
    yield {"template": "strict", "messages": THINKING[:2]}
    yield {"template": "date", "messages": ASK}
    yield {"template": "several", "messages": TWO}
    yield {"template": "several", "messages": ASK, "tools": [WEATHER]}
    yield {"template": "several", "messages": ASK, "name": "rag", "variables": {"documents": [{"title": "a", "text": "b"}]}}
    yield {"template": "several", "messages": ASK, "variables": {"bos_token": "other"}}


NOW = datetime(2026, 3, 5, 14, 7, 9)


class Clock(datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def chats(raw):
    templates = {
        "generation": GENERATION,
        "tight": TIGHT_GENERATION,
        "tools": TOOLS_TEMPLATE,
        "strict": STRICT_TEMPLATE,
        "date": DATE_TEMPLATE,
        "several": SEVERAL,
    }
    cases = []
    for case in chat_cases():
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<|im_start|>", eos_token="<|im_end|>")
        tokenizer.chat_template = templates[case["template"]]
        if case["template"] == "several":
            tokenizer.chat_template = {entry["name"]: entry["template"] for entry in SEVERAL}
        options = {key: case[key] for key in ["tools", "add_generation_prompt", "continue_final_message"] if key in case}
        options.update(case.get("variables", {}))
        if "name" in case:
            options["chat_template"] = case["name"]
        try:
            with mock.patch("transformers.utils.chat_template_utils.datetime", Clock):
                case["text"] = tokenizer.apply_chat_template(case["messages"], tokenize=False, **options)
                if case.get("mask") or case.get("variables"):
                    case["ids"] = tokenizer.apply_chat_template(case["messages"], tokenize=True, return_dict=True, **options)["input_ids"]
                if case.pop("mask", False):
                    encoded = tokenizer.apply_chat_template(
                        case["messages"], return_dict=True, return_assistant_tokens_mask=True, **options
                    )
                    case["assistant_mask"] = encoded["assistant_masks"]
        except Exception as error:
            case.pop("text", None)
            case["error"] = str(error).split("\n")[0]
        cases.append(case)
    return {"now": NOW.isoformat(), "templates": templates, "cases": cases}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--random-texts", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, make in KINDS.items():
        tokenizer = make()
        definition = json.loads(tokenizer.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        rng = random.Random(f"{options.seed} {name}")
        tokens = [token["content"] for token in definition["added_tokens"]]
        texts = TEXTS + [random_text(rng, tokens or ["<unk>"]) for _ in range(options.random_texts)]
        recorded = record(tokenizer, texts, rng, 6 + options.random_texts)
        write(options.folder / f"{name}.json", {"tokenizer": definition, **recorded})
        if name == "qwen":
            write(options.folder / "chats.json", chats(tokenizer))


if __name__ == "__main__":
    main()
