"""Checks a SARIF file against what GitHub's code scanning asks for: code_scanning.py FILE...

By "SARIF support for code scanning" and "SARIF results exceed one or more limits" in its
documentation. Prints what is wrong, and the number of results of each level.
"""

import collections
import json
import sys

MOST = {"runs": 20, "results": 25_000, "rules": 25_000, "locations": 1_000, "tags": 20, "steps": 10_000}


def place_problems(location, bases):
    place = location["physicalLocation"]
    artifact = place["artifactLocation"]
    if artifact["uri"].startswith("/") or ":" in artifact["uri"].split("/")[0]:
        yield f"not relative: {artifact['uri']}"
    if artifact.get("uriBaseId") not in bases:
        yield f"relative to what: {artifact}"
    if place["region"]["startLine"] < 1:
        yield f"no line: {place}"


def rule_problems(rule):
    for key in ("id", "shortDescription", "fullDescription", "help"):
        if not rule.get(key):
            yield f"a rule without {key}: {rule}"
    if len(rule["shortDescription"]["text"]) > 1024 or len(rule["fullDescription"]["text"]) > 1024:
        yield f"too long: {rule['id']}"
    if len(rule["properties"]["tags"]) > MOST["tags"]:
        yield f"too many tags: {rule['id']}"
    if rule["properties"]["problem.severity"] not in ("error", "warning", "recommendation"):
        yield f"how severe: {rule['id']}"


def result_problems(result, rules, bases):
    if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        yield f"another rule's index: {result['ruleId']}"
    if not result["message"]["text"].strip():
        yield "an empty message"
    if ":" not in result["partialFingerprints"].get("primaryLocationLineHash", ""):
        yield f"without a fingerprint: {result['ruleId']}"
    if not 1 <= len(result["locations"]) <= MOST["locations"]:
        yield f"{len(result['locations'])} places"
    for location in result["locations"] + result.get("relatedLocations", []):
        yield from place_problems(location, bases)
    for flow in result.get("codeFlows", []):
        if sum(len(thread["locations"]) for thread in flow["threadFlows"]) > MOST["steps"]:
            yield f"too many steps: {result['ruleId']}"


def problems(log):
    if log["version"] != "2.1.0" or len(log["runs"]) > MOST["runs"]:
        yield "not a log that is taken"
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len(run["results"]) > MOST["results"] or len(rules) > MOST["rules"]:
            yield f"{len(run['results'])} results, {len(rules)} rules"
        if not run["automationDetails"]["id"].endswith("/"):
            yield "a category without an end"
        for rule in rules:
            yield from rule_problems(rule)
        for result in run["results"]:
            yield from result_problems(result, rules, run["originalUriBaseIds"])


def main():
    wrong = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            log = json.load(file)
        found = list(problems(log))
        wrong += len(found)
        print("\n".join(found[:20]))
        levels = collections.Counter(result["level"] for run in log["runs"] for result in run["results"])
        print(" ".join(f"{level}:{count}" for level, count in sorted(levels.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
