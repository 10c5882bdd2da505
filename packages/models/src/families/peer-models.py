"""Writes small random models of every family, and what transformers computes with them, in the layout of the fixtures.

usage: peer-models.py FOLDER SEED
"""

import json
import os
import sys

import torch
import torch.nn.functional as F
import transformers

VOCABULARY = 131
STRIDE = 7

SIZES = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=40,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
QWEN3_MOE = dict(head_dim=16, moe_intermediate_size=24, num_experts=6, num_experts_per_tok=3)
LONG_ROPE = dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.5, 2.0], long_factor=[1.0, 2.0, 4.0, 8.0])


def rope(rope_type, **parameters):
    return dict(rope_parameters=dict(rope_theta=10000.0, rope_type=rope_type, **parameters))


# name: (class, what differs from SIZES)
MODELS = {
    "qwen2": ("Qwen2", dict(num_key_value_heads=1, tie_word_embeddings=False)),
    "qwen2_window": ("Qwen2", dict(use_sliding_window=True, sliding_window=4, max_window_layers=1)),
    "qwen2_yarn": ("Qwen2", rope("yarn", factor=4.0, original_max_position_embeddings=32)),
    "qwen3": ("Qwen3", dict(head_dim=12, num_attention_heads=6, num_key_value_heads=3, tie_word_embeddings=False)),
    "qwen3_bias_window": (
        "Qwen3",
        dict(head_dim=8, attention_bias=True, use_sliding_window=True, sliding_window=3, max_window_layers=2),
    ),
    "qwen3_moe": ("Qwen3Moe", dict(QWEN3_MOE, norm_topk_prob=False, tie_word_embeddings=True)),
    "qwen3_moe_dense_layers": (
        "Qwen3Moe",
        dict(QWEN3_MOE, norm_topk_prob=True, mlp_only_layers=[2], attention_bias=True),
    ),
    "qwen3_moe_sparse_step": (
        "Qwen3Moe",
        dict(QWEN3_MOE, decoder_sparse_step=2, use_sliding_window=True, sliding_window=4),
    ),
    "llama": ("Llama", dict(num_key_value_heads=4, tie_word_embeddings=True)),
    "llama_biases": ("Llama", dict(attention_bias=True, mlp_bias=True, head_dim=10)),
    "llama_linear": ("Llama", rope("linear", factor=3.0)),
    "llama_dynamic": ("Llama", dict(rope("dynamic", factor=2.0), max_position_embeddings=64)),
    "llama_llama3": (
        "Llama",
        rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32),
    ),
    "llama_yarn": (
        "Llama",
        rope("yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=8.0, mscale=0.7, mscale_all_dim=0.5),
    ),
    "mistral": ("Mistral", dict(sliding_window=3, num_attention_heads=8, num_key_value_heads=2)),
    "mistral_full": ("Mistral", dict(sliding_window=None, head_dim=6, tie_word_embeddings=True)),
    "phi3": ("Phi3", dict(sliding_window=5)),
    "phi3_partial": ("Phi3", rope("default", partial_rotary_factor=0.5)),
    "phi3_long": ("Phi3", dict(rope_parameters=dict(LONG_ROPE), original_max_position_embeddings=8)),
    "phi3_short": ("Phi3", dict(rope_parameters=dict(LONG_ROPE), original_max_position_embeddings=40)),
    "gemma2": ("Gemma2", dict(head_dim=10, sliding_window=4, query_pre_attn_scalar=24)),
    "gemma2_no_caps": (
        "Gemma2",
        dict(head_dim=8, sliding_window=5, attn_logit_softcapping=None, final_logit_softcapping=None),
    ),
    "gemma2_tight_caps": ("Gemma2", dict(head_dim=8, sliding_window=5, attn_logit_softcapping=1.5, final_logit_softcapping=2.0)),
    "gemma3": (
        "Gemma3",
        dict(
            head_dim=12,
            sliding_window=4,
            query_pre_attn_scalar=20,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
    ),
    "gemma3_scaled": (
        "Gemma3",
        dict(
            head_dim=8,
            sliding_window=3,
            final_logit_softcapping=5.0,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
            rope_parameters=dict(
                full_attention=dict(rope_type="linear", factor=4.0, rope_theta=1000000.0),
                sliding_attention=dict(rope_type="default", rope_theta=5000.0),
            ),
        ),
    ),
    "gpt2": ("GPT2", dict()),
    "gpt2_untied": ("GPT2", dict(n_inner=50, tie_word_embeddings=False, scale_attn_weights=False)),
}


def build(family, changes):
    if family == "GPT2":
        sizes = dict(vocab_size=VOCABULARY, n_embd=32, n_layer=3, n_head=4, n_positions=64)
        sizes |= dict(bos_token_id=1, eos_token_id=2, pad_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
        config = transformers.GPT2Config(**sizes, **changes)
        name = "GPT2LMHeadModel"
    else:
        text = "Text" if family == "Gemma3" else ""
        config = getattr(transformers, f"{family}{text}Config")(**{**SIZES, **changes})
        name = f"{family}ForCausalLM"
    config._attn_implementation = "eager"
    model = getattr(transformers, name)(config).float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Large enough that no choice of a family gets lost in rounding.
            deviation = 0.3 if parameter.dim() == 1 else 1.2 / parameter.shape[-1] ** 0.5
            parameter.add_(torch.randn_like(parameter) * deviation)
    return model


def numbers(tensor):
    return json.loads(json.dumps(tensor.detach().double().tolist()))


def forward(model, ids, mask):
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    return model(input_ids=ids, attention_mask=mask, position_ids=positions).logits


def described(model, ids, mask):
    with torch.no_grad():
        logits = forward(model, ids, mask)
        both = (mask[:, 1:] * mask[:, :-1]).float()
        wanted = ids[:, 1:, None]
        at = lambda scaled: scaled.log_softmax(-1)[:, :-1].gather(-1, wanted)[..., 0] * both
        entropy = torch.distributions.Categorical(logits=logits).entropy() * mask
        last = [row.nonzero().max().item() for row in mask]
        return dict(
            input_ids=ids.tolist(),
            attention_mask=mask.tolist(),
            logits_last=numbers(logits[torch.arange(len(last)), last]),
            logits_stride=STRIDE,
            logits_slice=numbers((logits * mask[..., None])[..., ::STRIDE]),
            token_logprobs=numbers(at(logits)),
            **{"token_logprobs_temp0.7": numbers(at(logits / 0.7))},
            entropy=numbers(entropy),
        )


def batches(generator):
    lengths = [14, 10, 9]
    rows = [torch.randint(3, VOCABULARY, (length,), generator=generator) for length in lengths]
    width = max(lengths)
    left, right, on_left, on_right = (torch.zeros(3, width, dtype=torch.long) for _ in range(4))
    for i, row in enumerate(rows):
        left[i, width - len(row) :], on_left[i, width - len(row) :] = row, 1
        right[i, : len(row)], on_right[i, : len(row)] = row, 1
    return dict(
        single=(rows[0][None], torch.ones(1, width, dtype=torch.long)),
        left_padded=(left, on_left),
        right_padded=(right, on_right),
    )


def greedy(model, ids, mask, new=12):
    # Every sequence alone: rotary positions that depend on the longest sequence of a batch stay out of it.
    tokens, logprobs, margins = [], [], []
    for row, on in zip(ids, mask):
        prompt = row[on == 1][None]
        out = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=new,
            min_new_tokens=new,
            eos_token_id=None,
            pad_token_id=0,
            output_logits=True,
            return_dict_in_generate=True,
        )
        chosen = out.sequences[0, prompt.shape[1] :]
        logits = torch.stack(out.logits)[:, 0]
        top = logits.topk(2).values
        tokens.append(chosen.tolist())
        logprobs.append(numbers(logits.log_softmax(-1).gather(-1, chosen[:, None])[:, 0]))
        margins.append((top[:, 0] - top[:, 1]).min().item())
    return tokens, logprobs, min(margins)


def loss(model, ids, mask):
    labels = torch.where(mask == 1, ids, -100)
    labels[:, :2] = -100
    model.zero_grad()
    logits = forward(model, ids, mask)
    value = F.cross_entropy(logits[:, :-1].reshape(-1, VOCABULARY), labels[:, 1:].reshape(-1), ignore_index=-100)
    value.backward()
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    return dict(
        input="right_padded",
        labels=labels.tolist(),
        loss=value.item(),
        global_grad_norm=torch.stack([g.norm() for g in gradients.values()]).norm().item(),
        grad_norms={name: g.norm().item() for name, g in gradients.items()},
        # The first numbers, and none where a rounding error would be compared with another.
        grad_slices={
            name: numbers(g.flatten()[:8]) for name, g in gradients.items() if g.flatten()[:8].abs().max() > 1e-4
        },
    )


def main(folder, seed):
    for place, (name, (family, changes)) in enumerate(MODELS.items()):
        torch.manual_seed(seed * 1000 + place)
        model = build(family, changes)
        given = batches(torch.Generator().manual_seed(seed * 77 + place))
        expected = {key: described(model, *batch) for key, batch in given.items()}
        tokens, logprobs, margin = greedy(model, *given["left_padded"])
        end = tokens[0][5]
        padded = [row[: row.index(end) + 1] if end in row else row for row in tokens]
        expected["greedy"] = dict(
            prompt="left_padded",
            max_new_tokens=12,
            tokens=tokens,
            min_top1_top2_margin=margin,
            completion_logprobs=logprobs,
        )
        expected["greedy_with_eos"] = dict(
            eos_token_id=end, pad_token_id=0, tokens=[row + [0] * (12 - len(row)) for row in padded]
        )
        expected["causal_lm_loss"] = loss(model, *given["right_padded"])
        target = os.path.join(folder, name)
        model.save_pretrained(target)
        with open(os.path.join(target, "expected.json"), "w") as file:
            json.dump(expected, file)


main(sys.argv[1], int(sys.argv[2]))
