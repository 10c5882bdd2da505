"""Rewards of a running `rlloom serve-rewards` for TRL. Needs nothing but Python.

    from rlloom_trl import RlloomReward
    trainer = GRPOTrainer(reward_funcs=[RlloomReward(tag="math", ground_truth="solution")], ...)

A completion that could not be verified is `None`: TRL leaves it out of the group's statistics.
"""

import json
import os
import urllib.error
import urllib.request

URL = os.environ.get("RLLOOM_REWARDS_URL", "http://127.0.0.1:8090")
TOKEN = os.environ.get("RLLOOM_REWARDS_TOKEN")


class RlloomReward:
    """A reward function. `tag` routes to a domain (default: the column `tag`), `ground_truth` names the column of the
    reference answer; columns in `fields` (`test_cases`, `case_type`, `evaluation_criteria`) are sent as they are."""

    def __init__(self, *, tag=None, ground_truth="ground_truth", fields=(), url=URL, token=TOKEN, timeout=300):
        self.tag, self.ground_truth, self.fields = tag, ground_truth, fields
        self.url, self.token, self.timeout = url, token, timeout
        self.__name__ = f"rlloom_{tag}" if tag else "rlloom"

    def __call__(self, prompts, completions, completion_ids=None, **columns):
        samples = []
        for index, completion in enumerate(completions):
            sample = {"response": text_of(completion), **question_of(prompts[index])}
            if self.tag or "tag" in columns:
                sample["tag"] = self.tag or columns["tag"][index]
            if completion_ids is not None:
                sample["response_tokens"] = [int(token) for token in completion_ids[index]]
            truth = columns[self.ground_truth][index] if self.ground_truth in columns else None
            if truth is not None:
                sample["ground_truth"] = truth if isinstance(truth, (str, dict)) else str(truth)
            sample.update({name: columns[name][index] for name in self.fields})
            samples.append(sample)
        answer = post(f"{self.url}/score", {"samples": samples}, self.token, self.timeout)
        return [result["reward"] for result in answer["results"]]


def text_of(completion):
    """The text of a completion, which TRL gives as a text or as messages."""
    if isinstance(completion, str):
        return completion
    return "".join(message.get("content") or "" for message in completion if message.get("role") == "assistant")


def question_of(prompt):
    if isinstance(prompt, str):
        return {"prompt": prompt}
    return {"messages": [{"role": message["role"], "content": text(message["content"])} for message in prompt]}


def text(content):
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [])


def post(url, body, token, timeout):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from error
