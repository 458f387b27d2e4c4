#!/usr/bin/env python3
"""Compares runs of the corpus (run.py) with the true machines, and prints one line a comparison:
ok, not_ok or skip, the name, and why, parted by tabs; then notes for people to read, after '#'.

The two machines never agree in dates, process ids, random names and durations, so words of that
kind stand for each other; all else must be the same.
"""
import argparse
import csv
import difflib
import json
import re
import sys

ERROR = "error"
# What a program prints after a failure that it did not check is whatever lay in memory.
GARBAGE = "wrong-date"
TRUTH_LIMIT = 4096   # of each stream, what the true machines kept
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"

SOFT = [(re.compile(pattern), word) for pattern, word in [
    (r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d\d? )?" + MONTH +
     r"(?: {1,2}\d{1,2}\b)?(?: \d{4})?(?: \d\d:\d\d(?::\d\d)?)?(?: [+-]\d{4}| UTC| GMT)?(?: \d{4}\b)?",
     "<date>"),
    (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?[+-]\d{4})?", "<date>"),
    (r"\b(?:21474[89]\d{4}|17802[89]\d{4})(?:\.\d+)?\b", "<now>"),
    (r"/tmp/(?:tmp\.)?[A-Za-z0-9_]{8,10}\b", "<temporary>"),
    (r"\.#lk0x[0-9a-f]+\.[^' ]*", "<lock>"),
    (r"\[\d+(?:\.\d+)?\]", "[<pid>]"),
    (r"\b[0-9A-F]{8}(?=:error:)", "<thread>"),
    (r"\b[0-9A-F]{16,40}\b", "<key>"),
    (r"\b[0-9a-f]{40}\b", "<hash>"),
    (r"\b(?:in|after|\() ?\d+(?:\.\d+)?(?:e[+-]\d+)? ?s(?:econds?)?\b", "<duration>"),
    (r"(?:less than )?\b\d+ seconds? ago\b", "<ago>"),
    (r"modification time \S+ s in the future", "modification time <duration> in the future"),
    (r"\b\d{5} files and directories", "<count> files and directories"),
]]
NUMBER = re.compile(r"(?<!rc=)-?\b\d+\b")


def soften(text, numbers_too):
    text = text.encode()[:TRUTH_LIMIT].decode("utf-8", "ignore")
    for pattern, word in SOFT:
        text = pattern.sub(word, text)
    if numbers_too:
        text = NUMBER.sub("<number>", text.replace("<date>", "<number>").replace("<now>", "<number>"))
    # A directory is read in another order on each file system.
    return sorted(" ".join(line.split()) for line in text.rstrip().split("\n"))


def difference(what, truth, ours, numbers_too):
    expected, actual = soften(truth, numbers_too), soften(ours, numbers_too)
    if expected == actual:
        return []
    return [f"{what} differs"] + [
        f"#   {line}" for line in difflib.unified_diff(expected, actual, "truth", "ttrace", "", "", 0, "")
        if not line.startswith(("---", "+++", "@@"))]


def outcome_differences(run, truth, verdict):
    if not run["report"]:
        return ["no report"]
    why = []
    for key in ("exit", "timeout"):
        if run[key] != truth[key]:
            why.append(f"{key} {run[key]}, in truth {truth[key]}")
    garbage = verdict == GARBAGE
    why += difference("stdout", truth["stdout"], run["stdout"], garbage)
    why += difference("stderr", truth["stderr"], run["stderr"], garbage)
    return why


def describe(finding):
    function = (finding.get("api") or {}).get("function")
    return f"{finding['id']} {finding['process']['comm']} {function} x{finding['count']}"


def judge(run, truth, verdict, is_control):
    why = outcome_differences(run, truth, verdict)
    findings = run["findings"]
    errors = [f for f in findings if f["level"] == ERROR and f["id"].startswith(("time.", "file."))]
    if is_control and findings:
        why.append(f"{len(findings)} findings on the control")
        why += [f"#   {describe(f)}: {f['message']}" for f in findings]
    if not is_control and verdict != "fine" and not errors:
        why.append(f"no error is reported, the verdict is {verdict}")
    return why


def load(path):
    with open(path, encoding="utf-8") as file:
        return {row["id"]: row for row in map(json.loads, file)}


def table(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", required=True, help="output of run.py")
    parser.add_argument("--clock", required=True, help="which of its clocks")
    parser.add_argument("--truth", required=True)
    parser.add_argument("--verdicts", required=True)
    parser.add_argument("--known", required=True, help="differences that are understood")
    parser.add_argument("--control", action="store_true", help="no finding is expected at all")
    options = parser.parse_args()
    truth = load(options.truth)
    verdicts = {row["id"]: row["class"] for row in table(options.verdicts)}
    side = "control" if options.control else "2038"
    known = {row["id"]: row["reason"] for row in table(options.known) if row["clock"] == side}
    agree = total = 0
    with open(options.runs, encoding="utf-8") as file:
        runs = [run for run in map(json.loads, file) if run["clock"] == options.clock]
    for run in runs:
        name = f"truth-{side}-{run['id']}"
        verdict = "fine" if options.control else verdicts[run["id"]]
        why = judge(run, truth[run["id"]], verdict, options.control)
        reasons = [line for line in why if not line.startswith("#")]
        total += 1
        agree += not reasons
        if not reasons:
            print(f"ok\t{name}\t")
            if verdict == "fine" and run["findings"]:
                print(f"# {name}: all is well in truth, but see "
                      + ", ".join(sorted({describe(f) for f in run["findings"]})))
        elif run["id"] in known:
            print(f"skip\t{name}\t{known[run['id']]}")
        else:
            print(f"not_ok\t{name}\t{'; '.join(reasons)}")
            print("\n".join(line for line in why if line.startswith("#")))
    print(f"# {side}: {agree} of {total} agree with the true machine")


if __name__ == "__main__":
    sys.exit(main())
