"""Checks documents against a JSON Schema: schema.py SCHEMA FILE...; a .jsonl FILE line by line.

Other schemas of the SCHEMA's folder can be referred to by their names. Prints what is wrong.
"""

import json
import pathlib
import sys

import jsonschema


def documents(path):
    with open(path, encoding="utf-8") as file:
        if path.endswith(".jsonl"):
            yield from ((f"{path}:{number}", json.loads(line)) for number, line in enumerate(file, 1))
        else:
            yield path, json.load(file)


def validator(path):
    folder = pathlib.Path(path).resolve().parent
    schema = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    beside = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")}
    names = {schema[key]: schema for key in ("id", "$id") if key in schema}
    # Debian 12 has no newer way than this resolver.
    resolver = jsonschema.RefResolver("", schema, store={**beside, **names})
    return kind(schema, resolver=resolver)


def main():
    check = validator(sys.argv[1])
    wrong = seen = 0
    for path in sys.argv[2:]:
        for name, document in documents(path):
            seen += 1
            for error in check.iter_errors(document):
                wrong += 1
                worst = jsonschema.exceptions.best_match([error])
                print(f"{name}: {'/'.join(map(str, worst.absolute_path))}: {worst.message[:300]}")
    print(f"{seen} documents, {wrong} errors")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
