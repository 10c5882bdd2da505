"""Rewards of a running `rlloom serve-rewards` for verl. Needs nothing but Python.

    custom_reward_function.path=rlloom_verl.py
    custom_reward_function.name=compute_score
    +custom_reward_function.reward_kwargs.url=http://127.0.0.1:8090

`compute_score` serves the reward managers naive, dapo and prime and the reward loop; `compute_scores` is for
`reward_model.reward_manager=batch` and sends one request per batch. A sample is routed to a domain by `tag`, or else
by its `data_source`.

verl has no way to leave out a sample that could not be verified: it gets `unverifiable_score`, and `unverifiable` is
1.0 beside it, so that the curve of that key shows how many there were. Raise it as an error with
`unverifiable_score: null`.
"""

import json
import os
import urllib.error
import urllib.request

URL = os.environ.get("RLLOOM_REWARDS_URL", "http://127.0.0.1:8090")
TOKEN = os.environ.get("RLLOOM_REWARDS_TOKEN")


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **options):
    """One sample: `{"score", "acc", "unverifiable"}`."""
    return compute_scores([data_source], [solution_str], [ground_truth], [extra_info], **options)[0]


def compute_scores(
    data_sources,
    solution_strs,
    ground_truths,
    extra_infos,
    *,
    tag=None,
    unverifiable_score=0.0,
    url=URL,
    token=TOKEN,
    timeout=300,
    **_,
):
    """A batch: one `{"score", "acc", "unverifiable"}` per sample."""
    samples = []
    for source, response, truth, extra in zip(data_sources, solution_strs, ground_truths, extra_infos, strict=True):
        sample = {"tag": tag or str(source), "response": response, "extra": plain(extra or {})}
        if truth is not None:
            sample["ground_truth"] = truth if isinstance(truth, str) else json.dumps(plain(truth))
        samples.append(sample)
    results = post(f"{url}/score", {"samples": samples}, token, timeout)["results"]
    return [score_of(result, unverifiable_score) for result in results]


def score_of(result, unverifiable_score):
    if result["reward"] is None and unverifiable_score is None:
        raise RuntimeError("could not verify: " + "; ".join(result["reasons"]))
    unverifiable = result["reward"] is None
    return {
        "score": unverifiable_score if unverifiable else result["reward"],
        "acc": float(result["verdict"] == "correct"),
        "unverifiable": float(unverifiable),
    }


def plain(value):
    """What JSON can carry: verl hands over numpy's arrays and numbers."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def post(url, body, token, timeout):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from error
