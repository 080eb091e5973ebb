"""The table of what thousands of files did, in a page.

python bench/fuzz_table.py fuzzed --output docs/fuzz.md    # of the records that there are
"""

import argparse
import json
import re
from pathlib import Path

COLUMNS = ("files", "refused", "loaded", "parser crashed", "program crashed", "other files opened")
COLUMNS += ("code run", "slowest", "memory")
BAD = ("program crashed", "other files opened", "code run")


def summary(lines):
    results = [line["result"] for line in lines]
    crashed = [line for line in lines if line["result"].startswith("crashed")]
    opened = [line for line in lines if line["opened"]]
    run = [line for line in lines if line["run"]]
    for line in crashed + opened + run:
        print("  ", {key: line[key] for key in ("number", "result", "opened", "run")})
    if in_parser := [line["number"] for line in lines if line["parser crashed"]]:
        print("   parsers crashed on files", in_parser)
    return {
        "files": len(lines),
        "refused": results.count("refused"),
        "loaded": results.count("loaded"),
        "parser crashed": sum(line["parser crashed"] for line in lines),
        "program crashed": len(crashed),
        "other files opened": len(opened),
        "code run": len(run),
        "slowest": f"{max(line['seconds'] for line in lines):.1f} s",
        "memory": f"{max(line['memory'] for line in lines) / 1024:.0f} MB",
    }


def table(rows):
    text = f"| format | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}\n"
    for name, row in rows.items():
        text += f"| {name} | {' | '.join(str(row[column]) for column in COLUMNS)} |\n"
    return text


def write_table(page_path, rows):
    """Replace rows of the table in a page, up to its mark, and add those that are new."""
    page = page_path.read_text()
    begin, end = page.index("| format | files |"), page.index("\n<!-- end of the table -->")
    old = [re.split(r"\s*\|\s*", line.strip("| ")) for line in page[begin:end].splitlines()[2:]]
    kept = {name: dict(zip(COLUMNS, cells, strict=True)) for name, *cells in old}
    all_rows = dict(sorted((kept | rows).items()))
    page_path.write_text(page[:begin] + table(all_rows) + page[end:])


def recorded(record):
    """Return what a record tells of each file so far."""
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path, help="a folder")
    parser.add_argument("--output", type=Path, required=True, help="the page")
    options = parser.parse_args()
    records = sorted(options.records.glob("*.jsonl"))
    write_table(options.output, {record.stem: summary(recorded(record)) for record in records})


if __name__ == "__main__":
    main()
