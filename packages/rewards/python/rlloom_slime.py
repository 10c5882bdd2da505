"""Rewards of a running `rlloom serve-rewards` for slime. Needs nothing but Python.

    --custom-rm-path rlloom_slime.reward

Works with and without `--group-rm`. `metadata["tag"]` of a sample routes it to a domain. A sample that could not be
verified gets 0.0 and `remove_sample`: slime keeps it out of the loss.

Without this file, `--rm-type remote_rm --rm-url http://HOST:8090/slime?tag=math` works too, as long as everything can
be verified.
"""

import asyncio
import json
import os
import urllib.error
import urllib.request

URL = os.environ.get("RLLOOM_REWARDS_URL", "http://127.0.0.1:8090")
TOKEN = os.environ.get("RLLOOM_REWARDS_TOKEN")


async def reward(args, sample, **_):
    """The reward of a sample, or the rewards of a list of samples."""
    samples = sample if isinstance(sample, list) else [sample]
    results = await asyncio.to_thread(post, f"{URL}/score", {"samples": [body_of(each) for each in samples]})
    rewards = []
    for each, result in zip(samples, results["results"], strict=True):
        if result["reward"] is None:
            each.remove_sample = True
        rewards.append(0.0 if result["reward"] is None else result["reward"])
    return rewards if isinstance(sample, list) else rewards[0]


def body_of(sample):
    prompt = sample.prompt
    body = {"response": sample.response}
    if isinstance(prompt, str):
        body["prompt"] = prompt
    else:
        body["messages"] = [{"role": each["role"], "content": each["content"]} for each in prompt]
    if sample.label is not None:
        body["ground_truth"] = str(sample.label)
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    if "tag" in metadata:
        body["tag"] = metadata["tag"]
    return body


def post(url, body, timeout=300):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from error
