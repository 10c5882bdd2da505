"""Verifies the cases on standard input with math-verify: each once to warm up, then once more with a clock."""

import importlib.metadata
import json
import sys
import time

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify


def extraction(config):
    ways = {
        "latex": LatexExtractionConfig(boxed_match_priority=config.get("boxed_match_priority", 50)),
        "expr": ExprExtractionConfig(),
    }
    return [ways[name] for name in config["extract"]]


def check(case):
    config = case["config"]
    ways = extraction(config)
    gold = parse(case["gold"], ways)
    answer = parse(case["pred"], ways)
    return verify(
        gold,
        answer,
        float_rounding=config.get("float_rounding", 6),
        strict=config.get("strict", True),
        allow_set_relation_comp=config.get("allow_set_relation_comp", False),
    )


def main():
    cases = json.load(sys.stdin)
    for case in cases:
        check(case)
    ms, right = [], 0
    for case in cases:
        start = time.perf_counter()
        verdict = check(case)
        ms.append((time.perf_counter() - start) * 1000)
        right += verdict == case["expected"]
    version = f"math-verify {importlib.metadata.version('math-verify')}"
    print(json.dumps({"ms": ms, "right": right, "version": version}))


main()
