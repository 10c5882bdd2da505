"""Rewards of a running `rlloom serve-rewards` for OpenRLHF. Needs torch, as OpenRLHF does.

    --reward.remote_url /path/to/rlloom_openrlhf.py

OpenRLHF has no way to leave out a sample that could not be verified: it gets RLLOOM_UNVERIFIABLE_REWARD (default 0),
and `unverifiable` among the extra logs shows how many there were.

Without this file, `--reward.remote_url http://HOST:8090/get_reward?tag=math&unverifiable=0` does the same.
"""

import json
import os
import urllib.error
import urllib.request

import torch

URL = os.environ.get("RLLOOM_REWARDS_URL", "http://127.0.0.1:8090")
TOKEN = os.environ.get("RLLOOM_REWARDS_TOKEN")
TAG = os.environ.get("RLLOOM_REWARDS_TAG")
UNVERIFIABLE = float(os.environ.get("RLLOOM_UNVERIFIABLE_REWARD", "0"))


def reward_func(queries, prompts, labels, **_):
    """`queries` are prompts with their responses."""
    samples = []
    for query, prompt, label in zip(queries, prompts, labels, strict=True):
        at = query.find(prompt) if prompt else -1
        sample = {"prompt": prompt or "", "response": query if at < 0 else query[at + len(prompt) :]}
        if label is not None:
            sample["ground_truth"] = str(label)
        if TAG:
            sample["tag"] = TAG
        samples.append(sample)
    results = post(f"{URL}/score", {"samples": samples})["results"]
    rewards = torch.tensor([UNVERIFIABLE if each["reward"] is None else each["reward"] for each in results])
    correct = torch.tensor([float(each["verdict"] == "correct") for each in results])
    unverifiable = torch.tensor([float(each["verdict"] == "unverifiable") for each in results])
    return {"rewards": rewards, "scores": correct, "extra_logs": {"unverifiable": unverifiable}}


def post(url, body, timeout=300):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from error
