"""Makes tiny random Qwen2.5-VL checkpoints and what transformers computes with them.

    python make.py OUT                 all cases, with the seeds of the committed folders
    python make.py OUT --case hub --seed 7   one case with other weights, images and prompts

Needs torch, transformers 5, safetensors and Pillow below 13. Float32, eager attention, one thread.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import PIL
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

VOCABULARY = 96
VISION_START, VISION_END, IMAGE, VIDEO, PAD, EOS = 90, 91, 92, 93, 94, 95

CASES = {
    # The layout of hub checkpoints: keys of the decoder beside vision_config, tensors `visual.…` and `model.…`.
    "hub": {
        "seed": 1,
        "nested": False,
        "dtype": torch.float32,
        "text": dict(
            hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            rms_norm_eps=1e-6, sections=[1, 1, 2], theta=1000000.0, tied=False,
        ),
        "vision": dict(
            hidden_size=16, depth=3, num_heads=2, intermediate_size=24, patch_size=4, window_size=16,
            fullatt_block_indexes=[1],
        ),
        "pixels": (16 * 16, 48 * 48),
        "images": [("rgb.png", 53, 37), ("photo.jpg", 100, 61), ("alpha.png", 7, 9), ("grey.jpg", 40, 40)],
        "sequences": [[3, [0], 4], [2, [1], 1, [2], 5], [9], [0, [3], 2]],
    },
    # The layout of transformers 5: text_config, tensors `model.visual.…` and `model.language_model.…`, bfloat16, tied
    # embeddings, patches and windows of the real size.
    "nested": {
        "seed": 2,
        "nested": True,
        "dtype": torch.bfloat16,
        "text": dict(
            hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
            rms_norm_eps=1e-5, sections=[2, 2, 2], theta=10000.0, tied=True,
        ),
        "vision": dict(
            hidden_size=16, depth=3, num_heads=1, intermediate_size=24, patch_size=14, window_size=112,
            fullatt_block_indexes=[2],
        ),
        "pixels": (56 * 56, 28 * 28 * 40),
        "images": [("wide.jpg", 97, 170), ("palette.png", 60, 61), ("bits.png", 75, 30)],
        "sequences": [[2, [0], 3], [1, [1], 2, [2], 4]],
    },
}


def make_image(path, height, width, generator):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 120 * np.sin((x * a + y * b) / 9 + c) for a, b, c in generator.uniform(-2, 2, (3, 3))]
    pixels = np.clip(np.stack(waves, -1) + generator.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    name = path.stem
    if name == "alpha":
        image.putalpha(Image.fromarray(pixels[..., 0]))
    elif name == "grey":
        image = image.convert("L")
    elif name == "palette":
        image = image.quantize(16)
    elif name == "bits":
        image = image.convert("1")
    image.save(path, **({"quality": 85} if path.suffix == ".jpg" else {}))


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def rounded(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().float().flatten().tolist()]


def make_config(case):
    text, vision = case["text"], case["vision"]
    text_config = dict(
        vocab_size=VOCABULARY, max_position_embeddings=512, hidden_act="silu", use_sliding_window=False,
        attention_dropout=0.0, tie_word_embeddings=text["tied"], bos_token_id=None, eos_token_id=EOS, pad_token_id=PAD,
        **{key: value for key, value in text.items() if key not in ("sections", "theta", "tied")},
    )
    vision_config = dict(
        hidden_act="silu", in_channels=3, spatial_merge_size=2, temporal_patch_size=2, tokens_per_second=2,
        out_hidden_size=text["hidden_size"], **vision,
    )
    ids = dict(
        image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=VISION_START, vision_end_token_id=VISION_END
    )
    if case["nested"]:
        rope = dict(rope_type="default", rope_theta=text["theta"], mrope_section=text["sections"])
        text_config |= dict(model_type="qwen2_5_vl_text", rope_parameters=rope)
        joint = dict(text_config=text_config, vision_config=vision_config | dict(model_type="qwen2_5_vl_vision"))
        joint["tie_word_embeddings"] = text["tied"]
    else:
        rope = dict(rope_theta=text["theta"], rope_scaling=dict(type="mrope", mrope_section=text["sections"]))
        # Hub checkpoints call the channels in_chans.
        vision_config["in_chans"] = vision_config.pop("in_channels")
        joint = text_config | rope | dict(vision_config=vision_config)
    return dict(architectures=["Qwen2_5_VLForConditionalGeneration"], model_type="qwen2_5_vl", **ids, **joint)


def randomise(model, generator):
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        is_norm = parameter.ndim == 1 and name.endswith("weight")
        scale = 0.2 if parameter.ndim == 1 else 1.5 / parameter[0].numel() ** 0.5
        parameter.data = (1.0 if is_norm else 0.0) + scale * noise


def hub_name(name):
    return name.replace("model.visual.", "visual.", 1).replace("model.language_model.", "model.", 1)


def make_model(case, folder, seed):
    config = make_config(case)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(**config))
    randomise(model, torch.Generator().manual_seed(seed))
    state = {name: tensor.to(case["dtype"]).contiguous() for name, tensor in model.state_dict().items()}
    if case["text"]["tied"]:
        del state["lm_head.weight"]
    if not case["nested"]:
        state = {hub_name(name): tensor for name, tensor in state.items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    loaded, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info
    return loaded.eval()


def make_case(name, out, seed):
    case = CASES[name]
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    model = make_model(case, folder, seed)

    smallest, largest = case["pixels"]
    patch = case["vision"]["patch_size"]
    sizes = dict(shortest_edge=smallest, longest_edge=largest)
    processor = Qwen2VLImageProcessorPil(size=sizes, patch_size=patch)
    written = dict(
        do_resize=True, do_rescale=True, do_normalize=True, do_convert_rgb=True, resample=3, rescale_factor=1 / 255,
        image_mean=list(processor.image_mean), image_std=list(processor.image_std), patch_size=patch, merge_size=2,
        temporal_patch_size=2, **(dict(size=sizes) if case["nested"] else dict(min_pixels=smallest, max_pixels=largest)),
    )
    (folder / "preprocessor_config.json").write_text(json.dumps(written, indent=2) + "\n")

    images, features = [], []
    for file, height, width in case["images"]:
        make_image(folder / file, height, width, generator)
        image = Image.open(folder / file).convert("RGB")
        output = processor(images=[image], return_tensors="pt")
        size = smart_resize(height, width, factor=2 * patch, min_pixels=smallest, max_pixels=largest)
        features.append(output)
        embeddings = model.model.get_image_features(output["pixel_values"], output["image_grid_thw"]).pooler_output[0]
        images.append(
            dict(
                file=file,
                decoded=dict(height=height, width=width, sha256=sha(np.asarray(image))),
                resized=dict(
                    height=size[0], width=size[1],
                    sha256=sha(np.asarray(image.resize((size[1], size[0]), Image.Resampling.BICUBIC))),
                ),
                grid=output["image_grid_thw"][0].tolist(),
                pixel_values_stride=101,
                pixel_values=rounded(output["pixel_values"].flatten()[::101]),
                pixel_values_sha256=sha(output["pixel_values"].numpy()),
                embeddings=rounded(embeddings),
            )
        )

    rows, pixels, grids = [], [], []
    for sequence in case["sequences"]:
        tokens = []
        for part in sequence:
            if isinstance(part, int):
                tokens += generator.integers(0, VISION_START, part).tolist()
                continue
            output = features[part[0]]
            pixels.append(output["pixel_values"])
            grids.append(output["image_grid_thw"])
            count = int(output["image_grid_thw"].prod()) // 4
            tokens += [VISION_START, *[IMAGE] * count, VISION_END]
        rows.append(tokens)
    time = max(map(len, rows))
    ids = torch.tensor([[PAD] * (time - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (time - len(row)) + [1] * len(row) for row in rows])
    inputs = dict(
        input_ids=ids, attention_mask=mask, pixel_values=torch.cat(pixels), image_grid_thw=torch.cat(grids),
        mm_token_type_ids=(ids == IMAGE).int(),
    )
    positions, deltas = model.model.get_rope_index(
        ids, inputs["mm_token_type_ids"], image_grid_thw=inputs["image_grid_thw"], attention_mask=mask
    )
    # Mean cross-entropy of every token that has one before it, and how long its gradient is per parameter, under the
    # names of the hub.
    follows = mask * torch.nn.functional.pad(mask, (1, 0))[:, :-1]
    output = model(**inputs, labels=ids.masked_fill(follows == 0, -100))
    logits = output.logits
    output.loss.backward()
    gradient_norms = {
        hub_name(name): float(f"{parameter.grad.norm():.8g}") for name, parameter in model.named_parameters()
    }
    with torch.no_grad():
        model.generation_config.eos_token_id = None
        model.generation_config.pad_token_id = PAD
        generated = model.generate(
            **inputs, do_sample=False, max_new_tokens=8, output_logits=True, return_dict_in_generate=True
        )
    top = torch.stack(generated.logits, 1).topk(2).values
    expected = dict(
        versions=dict(transformers=transformers.__version__, torch=torch.__version__, pillow=PIL.__version__),
        images=images,
        sequences=[
            dict(tokens=row, images=[part[0] for part in sequence if not isinstance(part, int)])
            for row, sequence in zip(rows, case["sequences"])
        ],
        positions=positions.permute(1, 2, 0).tolist(),
        next_positions=(deltas.flatten() + mask.sum(1)).tolist(),
        logits_stride=7,
        logits=[rounded(logits[row, time - len(tokens) :, ::7]) for row, tokens in enumerate(rows)],
        loss=float(output.loss),
        gradient_norms=gradient_norms,
        greedy=dict(
            tokens=generated.sequences[:, time:].tolist(), min_top1_top2_margin=float((top[..., 0] - top[..., 1]).min())
        ),
    )
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    print(name, "logits within", float(logits.abs().max()), "margin", expected["greedy"]["min_top1_top2_margin"])
    compare_with_torchvision(case, folder, sizes)


def compare_with_torchvision(case, folder, sizes):
    """Prints how far the torchvision processor is from the Pillow one, where it is installed."""
    try:
        from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
    except ImportError:
        return
    options = dict(size=sizes, patch_size=case["vision"]["patch_size"])
    for file, _, _ in case["images"]:
        image = Image.open(folder / file).convert("RGB")
        pillow, vision = (
            kind(**options)(images=[image], return_tensors="pt")["pixel_values"]
            for kind in (Qwen2VLImageProcessorPil, Qwen2VLImageProcessor)
        )
        levels = (pillow - vision).abs() * 255 * 0.27
        print(f"  torchvision and Pillow, {file}: at most {float(levels.max()):.2f} of 255 levels apart")


def make_resizes(out):
    """Sizes and resized bytes of images that both sides make from the same formula."""
    generator = np.random.default_rng(0)
    smart = []
    for _ in range(60):
        height, width = (int(2 ** generator.uniform(1, 12)) for _ in range(2))
        factor = int(generator.choice([8, 28, 32]))
        smallest, largest = factor * factor * 4, int(factor * factor * 2 ** generator.uniform(3, 11))
        if max(height, width) / min(height, width) <= 200:
            smart.append([height, width, factor, smallest, largest, *smart_resize(height, width, factor, smallest, largest)])
    bicubic = []
    for height, width, new_height, new_width in [
        (1, 1, 28, 28), (2, 3, 28, 56), (37, 53, 40, 56), (300, 200, 84, 56), (64, 64, 64, 28), (64, 64, 28, 64),
        (31, 500, 28, 28), (90, 90, 91, 89), (480, 640, 476, 644),
    ]:
        y, x, c = np.mgrid[0:height, 0:width, 0:3]
        pixels = ((x * 7 + y * 13 + c * 29 + x * y * (c + 1)) % 256).astype(np.uint8)
        resized = Image.fromarray(pixels).resize((new_width, new_height), Image.Resampling.BICUBIC)
        bicubic.append(dict(size=[height, width], to=[new_height, new_width], sha256=sha(np.asarray(resized))))
    (out / "resize.json").write_text(json.dumps(dict(smart_resize=smart, bicubic=bicubic), indent=None) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    # Pillow 13 resizes columns before rows in some images, and rounds between the two.
    if int(PIL.__version__.split(".")[0]) >= 13:
        raise SystemExit(f"Pillow {PIL.__version__} resizes in another order; take one below 13")
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [options.case] if options.case else CASES:
        make_case(name, options.out, CASES[name]["seed"] if options.seed is None else options.seed)
    make_resizes(options.out)
