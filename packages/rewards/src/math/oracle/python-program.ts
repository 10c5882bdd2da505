/** Answers questions on standard input, a line of JSON each, with math-verify. Its own output stays off the answers. */
export const pythonProgram = `
import json, os, sys

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def say(message):
    answers.write(json.dumps(message) + "\\n")


try:
    from importlib.metadata import version

    from math_verify import parse, verify
except ImportError as error:
    say({"missing": str(error), "python": sys.executable})
    sys.exit(0)


def read(text):
    marks = ("$", "\\\\boxed", "\\\\(", "\\\\[")
    if any(mark in text for mark in marks):
        return parse(text)
    return parse("$" + text + "$") or parse(text)


def judge(question):
    reference = read(question["reference"])
    if not reference:
        return {"reason": "it cannot read the reference"}
    answer = read(question["answer"])
    if not answer:
        return {"reason": "it cannot read the answer"}
    correct = verify(reference, answer, float_rounding=question["decimalPlaces"], raise_on_error=True)
    return {"correct": correct, "reason": str(answer[0]) + (" is " if correct else " is not ") + str(reference[0])}


say({"version": version("math-verify")})
for line in sys.stdin:
    question = json.loads(line)
    try:
        result = judge(question)
    except Exception as error:
        result = {"reason": type(error).__name__ + ": " + str(error)}
    say(result)
`;
