"""A run's diary: a line for each evaluation, at once; a full disk ends it, and not the run."""

import json
import os

import pytest

from backpaint.errors import UsageError
from backpaint.painting.diary.journal import Journal
from backpaint.painting.run import Record

RECORDS = [
    Record(n, n // 2, 3.0 / n, {"content a": 1.0 / n, "style b": 2.0 / n}, 0.5, n / 3)
    for n in (1, 2)
]


def test_every_record_is_a_line_that_can_be_read_at_once(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text("an older run")
    with Journal(path) as journal:
        for written, record in enumerate(RECORDS, start=1):
            journal.write(record)
            assert len(path.read_text().splitlines()) == written
        assert journal.trouble is None
    assert [json.loads(line) for line in path.read_text().splitlines()][1] == {
        "evaluation": 2,
        "iteration": 1,
        "loss": 1.5,
        "terms": {"content a": 0.5, "style b": 1.0},
        "grad_norm": 0.5,
        "seconds": 0.666667,
    }


def fill_the_disk(journal):
    """Lead what is written to a device that is always full."""
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._file.fileno())
    os.close(full)


def test_a_full_disk_ends_the_diary_and_is_told_once(tmp_path):
    with Journal(tmp_path / "run.jsonl") as journal:
        fill_the_disk(journal)
        for record in RECORDS:
            journal.write(record)
    assert journal.trouble == "the log ends at evaluation 1: No space left on device"


def test_a_file_that_cannot_be_written_is_refused_before_the_run(tmp_path):
    with pytest.raises(
        UsageError, match=r"run.jsonl cannot be written: No such .*; choose another"
    ):
        Journal(tmp_path / "nowhere" / "run.jsonl")
