"""torch beside `npm run bench -- core`: the same functions on the same batch, written with whole-batch torch
operations as a trainer in PyTorch would have them (a loop over tokens only where the recursion needs one), and the
loss from logits. One thread, float32. Prints JSON.

usage: core-peer.py estimators|logits SEQUENCES TOKENS REPETITIONS [ROWS VOCABULARY]
"""
import json
import statistics
import sys
import time

import torch

torch.set_num_threads(1)


def batch(sequences, tokens):
    place = torch.arange(sequences * tokens, dtype=torch.int64).view(sequences, tokens)
    sequence = torch.arange(sequences)
    token = torch.arange(tokens)

    def spread(seed):
        return ((place * seed) % 1009).double() / 1009

    lengths = tokens // 2 + (sequence * 389) % (tokens // 2 + 1)
    mask = ((token[None, :] < lengths[:, None]) & (token[None, :] % 512 >= 64)).float()
    rewards = ((sequence * 7) % 13).double() / 13
    last = (mask * token).argmax(1)
    token_rewards = torch.zeros(sequences, tokens)
    token_rewards[sequence, last] = rewards.float()
    base = -2 * spread(7919)
    return dict(
        mask=mask,
        last=last,
        token_rewards=token_rewards,
        process_rewards=(0.1 * spread(7919)).float(),
        values=(spread(104729) - 0.5).float(),
        log_probs=base.float(),
        trainer=(base + 0.2 * (spread(15487) - 0.5)).float(),
        reference=(base + 0.4 * (spread(3571) - 0.5)).float(),
        squares=(0.5 * spread(6007)).float(),
        turns=(token // 512).expand(sequences, tokens).contiguous(),
        versions=(4 * spread(6007)).floor().long(),
        rewards=rewards.float(),
        greedy=(((sequence * 5) % 11).double() / 11).float(),
        group=8,
    )


def whiten(x, m):
    n = m.sum()
    mean = (x * m).sum() / n
    variance = ((x - mean) ** 2 * m).sum() / (n - 1)
    return (x - mean) * torch.rsqrt(variance + 1e-8) * m


def leave_one_out(rewards, group):
    g = rewards.view(-1, group)
    return ((g * group - g.sum(1, keepdim=True)) / (group - 1)).view(-1)


def to_go(x):
    return x.flip(1).cumsum(1).flip(1)


def group_relative(b):
    g = b["token_rewards"].sum(1).view(-1, b["group"])
    a = (g - g.mean(1, keepdim=True)) / (g.std(1, keepdim=True) + 1e-6)
    return a.view(-1, 1) * b["mask"]


def rloo(b):
    return leave_one_out(b["token_rewards"].sum(1), b["group"])[:, None] * b["mask"]


def gdpo(b):
    def scaled(x):
        g = x.view(-1, b["group"])
        return ((g - g.mean(1, keepdim=True)) / (g.std(1, keepdim=True) + 1e-6)).view(-1, 1)

    return whiten((scaled(b["rewards"]) + 2 * scaled(b["greedy"])) * b["mask"], b["mask"])


def remax(b):
    return to_go(b["token_rewards"] * b["mask"]) - b["greedy"][:, None] * b["mask"]


def gae(b, gamma=0.999, lam=0.95):
    rewards, values, mask = b["token_rewards"], b["values"], b["mask"]
    next_value = torch.zeros(len(mask))
    carried = torch.zeros(len(mask))
    out = []
    for t in reversed(range(mask.shape[1])):
        m, v = mask[:, t], values[:, t]
        delta = rewards[:, t] + gamma * next_value - v
        carried = m * (delta + gamma * lam * carried) + (1 - m) * carried
        next_value = m * v + (1 - m) * next_value
        out.append(carried)
    return torch.stack(out[::-1], 1) * mask


def gae_turns(b, gamma=0.99, lam=0.95):
    rewards, values, mask, turns = b["token_rewards"], b["values"], b["mask"], b["turns"]
    count = int(turns.max()) + 1
    zeros = torch.zeros(len(mask), count)
    reward = zeros.scatter_add(1, turns, rewards * mask)
    has = zeros.scatter_add(1, turns, mask) > 0
    place = torch.arange(mask.shape[1]).expand_as(turns)
    far = torch.where(mask > 0, place, mask.shape[1])
    first = torch.full((len(mask), count), mask.shape[1]).scatter_reduce(1, turns, far, "amin")
    value = values.gather(1, first.clamp(max=mask.shape[1] - 1))
    advantage = torch.zeros(len(mask))
    following = torch.zeros(len(mask))
    out = []
    for k in reversed(range(count)):
        step = reward[:, k] + gamma * following - value[:, k] + gamma * lam * advantage
        advantage = torch.where(has[:, k], step, advantage)
        following = torch.where(has[:, k], value[:, k], following)
        out.append(advantage)
    return torch.stack(out[::-1], 1).gather(1, turns) * mask


def returns(b, gamma=0.999):
    rewards, mask = b["token_rewards"], b["mask"]
    running = torch.zeros(len(mask))
    out = []
    for t in reversed(range(mask.shape[1])):
        total = rewards[:, t] + gamma * running
        out.append(total)
        running = total * mask[:, t]
    return torch.stack(out[::-1], 1)


def reinforce_pp(b):
    return whiten(returns(b), b["mask"])


def reinforce_pp_baseline(b):
    g = b["rewards"].view(-1, b["group"])
    a = (g - g.mean(1, keepdim=True)).view(-1, 1)
    return whiten(a * b["mask"], b["mask"])


def otb(b):
    mask, group = b["mask"], b["group"]
    to = to_go(b["token_rewards"] * mask)
    weight = ((1 - 2 * b["log_probs"].exp() + b["squares"]) * mask).cumsum(1) * mask
    shape = (-1, group, mask.shape[1])
    baseline = (to * weight).view(shape).sum(1) / (weight.view(shape).sum(1) + 1e-8)
    return (to - baseline.repeat_interleave(group, 0)) * mask


def prime(b):
    mask, group, rewards = b["mask"], b["group"], b["process_rewards"]
    outcome = leave_one_out(b["rewards"], group)
    means = ((rewards * mask).sum(1) / mask.sum(1)).view(-1, group)
    shift = (means.sum(1, keepdim=True) / (group - 1)).expand_as(means).reshape(-1, 1)
    credit = (rewards * (group / (group - 1)) - shift) * mask
    credit[torch.arange(len(mask)), b["last"]] += outcome
    return whiten(to_go(credit), mask)


def segment_ids(b):
    return b["turns"], int(b["turns"].max()) + 1


def segment_returns(b, gamma=0.99):
    mask, (ids, count) = b["mask"], segment_ids(b)
    ends = torch.cat([mask[:, :-1] * (1 - mask[:, 1:]), mask[:, -1:]], 1)
    zeros = torch.zeros(len(mask), count)
    reward = zeros.scatter_add(1, ids, b["token_rewards"] * ends)
    has = zeros.scatter_add(1, ids, mask) > 0
    running = torch.zeros(len(mask))
    out = []
    for k in reversed(range(count)):
        running = torch.where(has[:, k], reward[:, k] + gamma * running, running)
        out.append(running)
    return torch.stack(out[::-1], 1).gather(1, ids) * mask


def segment_means(b):
    mask, (ids, count) = b["mask"], segment_ids(b)
    zeros = torch.zeros(len(mask), count)
    mean = zeros.scatter_add(1, ids, b["values"] * mask) / zeros.scatter_add(1, ids, mask).clamp(min=1)
    return mean.gather(1, ids) * mask


def log_ratio(b):
    return (b["trainer"] - b["log_probs"]) * b["mask"]


def geometric(b):
    mean = log_ratio(b).sum(1) / b["mask"].sum(1).clamp(min=1)
    return mean.clamp(-20, 20).exp().clamp(max=1.001)[:, None] * b["mask"]


def weight_metrics(b, upper=1.05):
    mask, n = b["mask"], b["mask"].sum()
    ratio = log_ratio(b).clamp(-20, 20).exp()
    lower = 1 / upper
    trained = mask > 0
    mean = (ratio * mask).sum() / n
    top = ratio.masked_fill(~trained, -float("inf")).max()
    bottom = ratio.masked_fill(~trained, float("inf")).min()
    held = ratio.clamp(lower, upper)
    held_mean = (held * mask).sum() / n
    held_square = (held * held * mask).sum() / n
    above = ((ratio > upper) * mask).sum() / n
    per = (ratio * mask).sum(1) / mask.sum(1).clamp(min=1)
    deviation = (held_square - held_mean**2).clamp(min=0).sqrt()
    return torch.stack([mean, top, bottom, deviation, held_mean**2 / held_square, above, per.mean(), per.std()])


def rejection_mask(b, upper=0.004):
    return b["mask"] * (0.5 * log_ratio(b).clamp(-20, 20) ** 2 <= upper)


def rejection_metrics(b, upper=0.004):
    mask, n = b["mask"], b["mask"].sum()
    value = 0.5 * log_ratio(b).clamp(-20, 20) ** 2
    out = (value > upper) * mask
    held = value.clamp(0, upper)
    mean = (held * mask).sum() / n
    std = ((held**2 * mask).sum() / n - mean**2).clamp(min=0).sqrt()
    return torch.stack([out.sum() / n, out.amax(1).mean(), (value * mask).sum() / n, value.max(), std])


def apply_rejection(b):
    return b["values"] * b["mask"] * (b["turns"] != 0)


def second_moment(b, threshold=0.003):
    trained = b["mask"] > 0
    squares = log_ratio(b).double() ** 2
    ordered = squares[trained].sort().values
    means = ordered.cumsum(0) / torch.arange(1, len(ordered) + 1)
    kept = max(1, int((means < threshold).sum()))
    return b["mask"] * (squares <= ordered[kept - 1])


def sequence_mask(b, threshold=0.0005):
    far = -log_ratio(b).sum(1) / b["mask"].sum(1).clamp(min=1) > threshold
    drop = far & (b["rewards"] - 0.5 < 0)
    return b["mask"] * (~drop)[:, None]


def off_policy(b):
    mask, n = b["mask"], b["mask"].sum()
    count = mask.sum(1)
    x = log_ratio(b)
    trainer = (b["trainer"] * mask).sum(1) / count
    rollout = (b["log_probs"] * mask).sum(1) / count
    ratio = x.clamp(-20, 20).exp()
    square = (ratio**2 * mask).sum() / n
    return torch.stack(
        [
            (-trainer).exp().mean(),
            (-rollout).exp().mean(),
            (rollout - trainer).abs().mean(),
            -x.sum() / n,
            (0.5 * x * x).sum() / n,
            ((x.exp() - 1 - x) * mask).sum() / n,
            square - 1,
            (2 * x.sum(1).clamp(-20, 20)).exp().mean() - 1,
            ((ratio * mask).sum() / n) ** 2 / square,
        ]
    )


def interpolated(b, version=4):
    gap = version - b["versions"]
    mix = b["log_probs"] + (1 - 1 / gap) * (b["trainer"] - b["log_probs"])
    return torch.where(gap <= 1, b["log_probs"], mix)


CASES = {
    "group-relative (GRPO)": group_relative,
    "leave-one-out (RLOO)": rloo,
    "normalize then sum (GDPO)": gdpo,
    "greedy baseline (ReMax)": remax,
    "generalized (GAE)": gae,
    "generalized by turns": gae_turns,
    "REINFORCE++": reinforce_pp,
    "REINFORCE++ baseline": reinforce_pp_baseline,
    "optimal token baseline": otb,
    "process rewards (PRIME)": prime,
    "implicit process rewards": lambda b: 0.05 * (b["trainer"] - b["reference"]) * b["mask"],
    "distillation advantages": lambda b: (b["reference"] - b["log_probs"]) * b["mask"],
    "discounted returns": returns,
    "segment returns": segment_returns,
    "segment means": segment_means,
    "whiten over tokens": lambda b: whiten(b["values"], b["mask"]),
    "clipped advantages": lambda b: b["values"].clamp(-0.3, 0.3),
    "KL-shaped rewards": lambda b: b["token_rewards"] - 0.05 * (b["log_probs"] - b["reference"]) * b["mask"],
    "importance weights, token": lambda b: log_ratio(b).clamp(-20, 20).exp().clamp(max=1.05) * b["mask"],
    "importance weights, geometric": geometric,
    "importance weight metrics": weight_metrics,
    "rejection mask": rejection_mask,
    "rejection metrics": rejection_metrics,
    "apply rejection": apply_rejection,
    "second-moment mask (M2PO)": second_moment,
    "off-policy sequence mask": sequence_mask,
    "off-policy metrics": off_policy,
    "interpolated proximal log-probs": interpolated,
}


def timed(work, repetitions):
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return dict(ms=statistics.median(times), fastestMs=min(times))


def digest(x):
    flat = x.reshape(-1).double()
    weighted = flat * (((torch.arange(len(flat)) * 31) % 97 + 1).double() / 97)
    return [float(weighted.sum()), float(weighted.abs().sum())]


def resident(field):
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))
    except OSError:
        return None


def peak_resident(work):
    """Bytes of memory at the peak above those at the start; None where the system does not tell."""
    try:
        with open("/proc/self/clear_refs", "w") as reset:
            reset.write("5")
    except OSError:
        work()
        return None
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before


def logits_loss(log_probs_of, rows, vocabulary, temperature=0.7):
    place = torch.arange(rows * vocabulary, dtype=torch.int64)
    logits = (((place * 7919) % 1009).double() / 1009 * 10 - 5).float().view(rows, vocabulary).requires_grad_()
    del place
    labels = torch.arange(rows)
    old = torch.full((8, rows // 8), -10.0)
    advantages = (torch.arange(8) - 3.5)[:, None]

    def run():
        logits.grad = None
        log_probs = log_probs_of(logits, labels, temperature).view(8, -1)
        ratio = (log_probs - old).clamp(-20, 20).exp()
        loss = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2)).mean()
        loss.backward()
        return loss.item()

    return logits, run


def plain(logits, labels, temperature):
    return torch.log_softmax(logits / temperature, -1).gather(1, labels[:, None])[:, 0]


def selective(logits, labels, temperature):
    """The chosen logit less logsumexp: no log-softmax of the vocabulary is kept."""
    scaled = logits / temperature
    return scaled.gather(1, labels[:, None])[:, 0] - torch.logsumexp(scaled, -1)


def cross_entropy(logits, labels, temperature):
    return -torch.nn.functional.cross_entropy(logits / temperature, labels, reduction="none")


def measure_logits(rows, vocabulary, repetitions):
    forms = {"log_softmax + gather": plain, "gather − logsumexp": selective, "cross_entropy": cross_entropy}
    results = {}
    for name, form in forms.items():
        logits_loss(form, 8, 64)[1]()
        logits, run = logits_loss(form, rows, vocabulary)
        peak = peak_resident(run)
        loss = run()
        gradient = digest(logits.grad)
        results[name] = dict(timed(run, repetitions), peakBytes=peak, loss=loss, gradient=gradient)
        del logits, run
    return results


def main():
    what, sequences, tokens, repetitions, *rest = [sys.argv[1], *map(int, sys.argv[2:])]
    report = {"torch": torch.__version__}
    if what == "estimators":
        b = batch(sequences, tokens)
        report["estimators"] = {}
        for name, case in CASES.items():
            result = digest(case(b))
            report["estimators"][name] = dict(timed(lambda: case(b), repetitions), digest=result)
    else:
        report["logits"] = measure_logits(rest[0], rest[1], repetitions)
    print(json.dumps(report))


main()
