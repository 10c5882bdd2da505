"""Runs parts of the peer's script one at a time, each with one model shape, and prints what it timed as JSON.

What is timed is the peer's own code, as it stands. Around it: the sizes, lengths and counts of steps come from the
request, and its function `timed` is replaced by one that keeps every repetition, with the same rule for what is
disturbed by other processes (its own functions busy and own).

usage: peer.py REQUEST (JSON: script, file, jobs)
"""

import ast
import gc
import json
import os
import re
import statistics
import sys
import time

HOOKED = {"SIZES", "P, N", "DEADLINE", "steps", "Bt, G", "busy", "timed", "build"}
NAMES = {
    "hidden_size": "hiddenSize",
    "num_hidden_layers": "layers",
    "vocab_size": "vocabularySize",
    "num_attention_heads": "heads",
    "num_key_value_heads": "keyValueHeads",
    "intermediate_size": "intermediateSize",
    "batch": "batch",
}
COPY_SIZE = 2**25


class Hooks(ast.NodeTransformer):
    """Gives some names of the script new values right after they are set."""

    def __init__(self):
        self.found = set()

    def visit_Assign(self, node):
        return self.after(node, ast.unparse(node.targets[0]).strip("()"))

    def visit_FunctionDef(self, node):
        return self.after(node, node.name)

    def after(self, node, name):
        if name not in HOOKED:
            return node
        self.found.add(name)
        statement = ast.parse(f"{name} = _hooks[{name!r}](({name}))").body[0]
        for inner in ast.walk(statement):
            ast.copy_location(inner, node)
        return [node, statement]


def load(script):
    with open(script, encoding="utf-8") as file:
        tree = ast.parse(file.read(), script)
    hooks = Hooks()
    tree = ast.fix_missing_locations(hooks.visit(tree))
    if missing := HOOKED - hooks.found:
        raise RuntimeError(f"the peer's script has no {', '.join(sorted(missing))} any more")
    return compile(tree, script, "exec")


def resident(field):
    with open("/proc/self/status", encoding="ascii") as file:
        return int(re.search(rf"^{field}:\s+(\d+)", file.read(), re.M)[1]) * 1024


def watch_resident_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        before = resident("VmRSS")
    except OSError:
        return lambda: None
    return lambda: resident("VmHWM") - before


class Measured:
    """Times one job, as time() of repetitions.ts does."""

    def __init__(self, job):
        self.job, self.effort = job, job["effort"]
        self.first_seconds, self.repetitions, self.peak_bytes = None, [], None
        self.peak, self.namespace = None, {}

    def timed(self, work, *_):
        if self.first_seconds is not None:
            # Something beside what is measured: once, for the script's own report.
            start = time.perf_counter()
            work()
            return {}, time.perf_counter() - start, time.perf_counter() - start
        effort, patience, undisturbed = self.effort, self.effort["patienceSeconds"], 0
        start = time.perf_counter()
        work()
        self.first_seconds = time.perf_counter() - start
        for _ in range(effort["warmUp"] - 1):
            work()
        while undisturbed < effort["repetitions"] and len(self.repetitions) < 2 * effort["repetitions"]:
            patience -= self.wait_for_quiet(patience)
            start, since = time.perf_counter(), self.used()
            for _ in range(effort["calls"]):
                work()
            seconds = time.perf_counter() - start
            others = self.others(seconds, since)
            self.repetitions.append({"seconds": seconds / effort["calls"], "others": others})
            undisturbed += others is None or others < self.namespace["QUIET"]
        self.peak_bytes = self.peak() if self.peak else None
        seconds = [repetition["seconds"] for repetition in self.repetitions]
        return {}, statistics.median(seconds), min(seconds)

    def used(self):
        return self.namespace["busy"](), self.namespace["own"]()

    def others(self, seconds, since):
        busy, own = self.used()
        if busy != busy:
            return None
        return max(0.0, (busy - since[0]) - (own - since[1])) / max(seconds, 1e-6)

    def wait_for_quiet(self, patience):
        start = time.perf_counter()
        while time.perf_counter() - start < patience:
            since = self.used()
            if since[0] != since[0]:
                break
            time.sleep(0.5)
            if self.others(0.5, since) < self.namespace["QUIET"]:
                break
        return time.perf_counter() - start

    def build(self, theirs):
        def build(key):
            result = theirs(key)
            gc.collect()
            self.peak = watch_resident_peak()
            return result

        return build

    def sizes(self, theirs):
        shape, size = self.job["shape"], self.job.get("size")
        ours = {name: shape[our_name] for name, our_name in NAMES.items()}
        if size and theirs[size] != ours:
            raise RuntimeError(f"size {size} is {theirs[size]} in the peer's script, and here {ours}")
        return {self.key: ours}

    @property
    def key(self):
        # The script's trainer is for its smallest size; a sweep is around the middle one.
        return "S" if self.job["job"] == "trl" else self.job.get("size", "M")

    def hooks(self):
        shape, effort = self.job["shape"], self.effort
        return {
            "SIZES": self.sizes,
            "P, N": lambda _: (shape["promptLength"], shape["newTokens"]),
            "DEADLINE": lambda _: time.time() + effort["patienceSeconds"] + 10,
            "steps": lambda _: effort["repetitions"] + effort["warmUp"],
            "Bt, G": lambda theirs: (shape["batch"], theirs[1]),
            "busy": lambda theirs: theirs if os.path.exists("/proc/stat") else lambda: float("nan"),
            "timed": lambda _: self.timed,
            "build": self.build,
        }

    def run(self, code, file):
        section = {"copy": "none"}.get(self.job["job"], self.job["job"])
        sys.argv = [file, section]
        self.namespace.update({"__name__": "peer", "__file__": file, "_hooks": self.hooks()})
        exec(code, self.namespace)
        if self.job["job"] == "copy":
            torch = self.namespace["torch"]
            source, target = torch.ones(COPY_SIZE), torch.empty(COPY_SIZE)
            self.timed(lambda: target.copy_(source))
        if self.job["job"] == "trl":
            if "error" in self.namespace["R"]["trl_grpo"]:
                raise RuntimeError(self.namespace["R"]["trl_grpo"]["error"])
            self.keep_steps()
        return {
            **{name: self.job[name] for name in ("job", "shape", "sweep") if name in self.job},
            "firstSeconds": self.first_seconds,
            "repetitions": self.repetitions,
            "peakBytes": self.peak_bytes,
        }

    def keep_steps(self):
        marks = self.namespace["marks"][self.effort["warmUp"] - 1 :]
        for (start, busy, own), (end, later_busy, later_own) in zip(marks, marks[1:]):
            others = None if busy != busy else max(0.0, (later_busy - busy) - (later_own - own)) / (end - start)
            self.repetitions.append({"seconds": end - start, "others": others})


def main():
    request = json.loads(sys.argv[1])
    # The script writes its own report to what it finds as stdout.
    answers, sys.stdout = sys.stdout, sys.stderr
    report = {"versions": {}, "results": []}
    try:
        code = load(request["script"])
        for job in request["jobs"]:
            measured = Measured(job)
            report["results"].append(measured.run(code, request["file"]))
            report["versions"].update(measured.namespace["R"]["versions"])
    except Exception as error:
        report["failed"] = f"{type(error).__name__}: {error}"
    print(json.dumps(report), file=answers)


main()
