"""Scores through the Python modules of this package, inside the peers' own functions. Prints JSON.

usage: peer_rewards.py plain|trl|verl URL TOKENIZER
"""

import asyncio
import json
import pathlib
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "python"))
which, url, folder = sys.argv[1:4]
responses = ["It is \\boxed{24}.", "It is \\boxed{7}.", "\\boxed{24}"]
truths = ["24", "24", None]


def plain():
    """No peer at all: what the modules send and answer."""
    import rlloom_slime
    import rlloom_trl
    import rlloom_verl

    rlloom_slime.URL = url
    samples = [
        types.SimpleNamespace(prompt="q", response=r, label=t, metadata={"tag": "math"}, remove_sample=False)
        for r, t in zip(responses, truths)
    ]
    trl = rlloom_trl.RlloomReward(tag="math", url=url)
    conversation = [[{"role": "assistant", "content": response}] for response in responses]
    prompts = [[{"role": "user", "content": "q"}]] * 3
    try:
        rlloom_verl.compute_score("math", "24", None, url=url, unverifiable_score=None)
        raised = None
    except RuntimeError as error:
        raised = str(error)
    try:
        rlloom_verl.compute_score("poetry", "24", "24", url=url)
        refused = None
    except RuntimeError as error:
        refused = str(error)
    return {
        "slime": asyncio.run(rlloom_slime.reward(None, samples)),
        "slime_one": asyncio.run(rlloom_slime.reward(None, samples[0])),
        "removed": [sample.remove_sample for sample in samples],
        "trl": trl(["q"] * 3, responses, ground_truth=truths, trainer_state=None),
        "trl_conversations": trl(prompts, conversation, [[1], [2], [3]], ground_truth=truths),
        "verl": rlloom_verl.compute_scores(["math"] * 3, responses, truths, [{"index": 1}, None, {}], url=url),
        "raised": raised,
        "refused": refused,
    }


def trl():
    """GRPOTrainer's own reward step."""
    from accelerate import Accelerator
    from rlloom_trl import RlloomReward
    from trl import GRPOTrainer

    reward = RlloomReward(tag="math", ground_truth="solution", url=url)
    trainer = types.SimpleNamespace(
        accelerator=Accelerator(cpu=True),
        args=types.SimpleNamespace(report_to=[]),
        reward_funcs=[reward],
        reward_processing_classes=[None],
        reward_func_names=[reward.__name__],
        state=types.SimpleNamespace(global_step=0),
        environments=None,
        _log_completion_extra=lambda *_: None,
        _log_metric=lambda *_: None,
    )
    inputs = [{"prompt": "q", "solution": truth} for truth in truths]
    out = GRPOTrainer._calculate_rewards(trainer, inputs, ["q"] * 3, responses, [[1], [2], [3]])
    return {"rewards": [None if x != x else x for x in out[:, 0].tolist()], "name": reward.__name__}


def verl():
    """The naive and batch reward managers and the reward loop."""
    import numpy
    import torch
    from functools import partial
    from rlloom_verl import compute_score, compute_scores
    from transformers import AutoTokenizer
    from verl import DataProto
    from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager as LoopManager
    from verl.workers.reward_manager.batch import BatchRewardManager
    from verl.workers.reward_manager.naive import NaiveRewardManager

    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in responses]
    width = max(map(len, ids))
    rows = torch.tensor([row + [0] * (width - len(row)) for row in ids])
    mask = torch.tensor([[1] + [1] * len(row) + [0] * (width - len(row)) for row in ids])
    data = DataProto.from_dict(
        tensors={"prompts": torch.ones(3, 1, dtype=torch.long), "responses": rows, "attention_mask": mask},
        non_tensors={
            "data_source": numpy.array(["math"] * 3, dtype=object),
            "reward_model": numpy.array([{"ground_truth": truth} for truth in truths], dtype=object),
            "extra_info": numpy.array([{"index": numpy.int64(i)} for i in range(3)], dtype=object),
        },
    )
    score = partial(compute_score, url=url)
    naive = NaiveRewardManager(tokenizer, 0, score)(data, return_dict=True)
    batch = BatchRewardManager(tokenizer, 0, partial(compute_scores, url=url))(data, return_dict=True)
    last = mask[:, 1:].sum(1) - 1

    async def loop():
        manager = LoopManager(None, tokenizer, score)
        return [await manager.run_single(data[i : i + 1]) for i in range(3)]

    return {
        "naive": naive["reward_tensor"][range(3), last].tolist(),
        "extra": {key: list(map(float, values)) for key, values in naive["reward_extra_info"].items()},
        "batch": batch["reward_tensor"][range(3), last].tolist(),
        "loop": [each["reward_score"] for each in asyncio.run(loop())],
    }


print("\n" + json.dumps({"plain": plain, "trl": trl, "verl": verl}[which]()))
