"""TAB: what a shell asks, what it is told, and how fast."""

import os
import shutil
import subprocess
import sys

import pytest

from backpaint.cli.shared import completions
from backpaint.engines import ENGINES
from backpaint.explain import EXPLANATIONS
from backpaint.presets import load_preset, preset_names, with_changes
from backpaint.problem.keys import recipe_keys
from backpaint.weights.registry import published

HEAVY = ("numpy", "scipy", "h5py", "PIL", "tqdm")
ASKS_A_TABLE = {"explain", "weights"}
"""Commands whose names stand in rooms that import NumPy."""
ASK = """
import os, sys
from contextlib import suppress
from backpaint.cli import main
for line in sys.stdin.read().splitlines():
    words = line.split("\\t")
    os.environ |= {"COMP_WORDS": " ".join(["backpaint", *words]), "COMP_CWORD": str(len(words))}
    with suppress(SystemExit):
        main()
    print("heavy", *[name for name in HEAVY if name in sys.modules])
"""


def completed(*questions):
    """Ask as click's scripts do: the words of the line so far, the last one unfinished.

    One process is asked again and again, first what is to be answered without a heavy module.
    """
    done = subprocess.run(
        [sys.executable, "-c", ASK.replace("HEAVY", str(HEAVY))],
        env=os.environ | {"_BACKPAINT_COMPLETE": "bash_complete"},
        input="\n".join("\t".join(words) for words in questions),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = []
    for line in done.stdout.splitlines():
        if line.startswith("heavy"):
            yield told, line.split()[1:]
            told = []
        else:
            told.append(line.split(",", 1)[1] if line.startswith("plain,") else line)


CASES = [
    (("sh",), ["sheet", "show"]),
    (("paint", "--preset", "gatys-p"), ["gatys-pytorch"]),
    (("paint", "--preset", "./mi"), ["file,./mi"]),
    (("paint", "--engine", "g"), ["gpu"]),
    (("paint", "--set", "network.po"), ["network.pool="]),
    (("paint", "--set", "network.pool=a"), ["network.pool=average"]),
    (("paint", "--set", "style.layers.relu4"), [f"style.layers.relu4_{n}=" for n in "1234"]),
    (("paint", "--init", "n"), ["noise"]),
    (("paint", "pho"), ["file,pho"]),
    (("paint", "photo.jpg", "sty"), ["file,sty"]),
    (("paint", "--weights", "vgg1"), ["vgg16", "vgg19"]),
    (("explain", "gr"), ["gram"]),
    (("presets", "log"), ["log0"]),
    (("reconstruct", "--layer", "conv4_"), ["conv4_1", "conv4_2", "conv4_3", "conv4_4"]),
    (("weights", "fetch", "torchvision"), ["torchvision-vgg16", "torchvision-vgg19"]),
    (("weights", "info", "./x"), ["file,./x"]),
    (("show", "x"), ["file,x"]),
    (("completion", "z"), ["zsh"]),
    (("sheet", "--rows", "style-"), ["style-shares=", "style-weight="]),
    (("sheet", "--columns", "style.w"), ["style.weight="]),
]


@pytest.fixture(scope="module")
def answers():
    """All cases at once: what was told, and which heavy modules the process had then."""
    asked = sorted((words for words, _ in CASES), key=lambda words: words[0] in ASKS_A_TABLE)
    return dict(zip(asked, completed(*asked), strict=True))


@pytest.mark.parametrize(("words", "expected"), CASES, ids=lambda given: " ".join(given))
def test_the_machinery_completes(words, expected, answers):
    allowed = ["numpy"] if words[0] in ASKS_A_TABLE else []
    told, loaded = answers[words]
    assert told == expected
    assert {*loaded} <= {*allowed}


def test_the_lists_are_those_of_the_program():
    assert set(completions.ENGINES) == {"auto", *ENGINES}
    found = completions.preset_names(None, None, "")
    assert {item.value for item in found} == set(preset_names())
    assert [item.value for item in completions.published_names(None, None, "")] == list(published())
    assert [i.value for i in completions.explanation_names(None, None, "")] == list(EXPLANATIONS)


def test_every_key_that_is_offered_can_be_set():
    offered = {item.value for item in completions.recipe_changes(None, None, "")}
    of_gatys = with_changes(load_preset("gatys"), {"total_variation.kind": "squared",
                                                   "total_variation.weight": 1.0,
                                                   "scales.sizes": [64]})  # fmt: skip
    for key in recipe_keys():
        if ".layers." in key.path or key.path.startswith("optimizer"):
            continue
        assert f"{key.path}=" in offered
        if key.choices and "." in key.path:
            value = key.choices[0] == "true" if key.kind is bool else key.choices[0]
            changes = {key.path: value}
            with_changes(of_gatys, changes | ({"images.antialias": True} if "images" in key.path
                                              else {}))  # fmt: skip


def test_it_is_quick():
    """User time, since the machine may have other things to do."""
    before = os.times().children_user
    for _ in range(3):
        assert [*completed(("paint", "--set", "network.po"))] == [(["network.pool="], [])]
    assert (os.times().children_user - before) / 3 < 0.6  # 0.15 s on a quiet machine


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@pytest.mark.parametrize(
    ("words", "current", "expected"),
    [
        (["paint", "--preset", "log"], 3, ["log0"]),
        (["paint", "--preset", "=", "log"], 4, ["log0"]),
        (["paint", "--set", "network.po"], 3, ["network.pool="]),
        (["paint", "--set", "network.pool", "=", "av"], 5, ["average"]),
        (["paint", "--set", "network.pool", "="], 4, ["max", "average", "overlapping-average"]),
    ],
    ids=str,
)
def test_bash_itself_completes(words, current, expected, backpaint, tmp_path):
    """With the words that bash makes of a line: cut at every equals sign."""
    program = tmp_path / "backpaint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m backpaint "$@"\n')
    program.chmod(0o755)
    script = backpaint("completion", "bash").out
    quoted = " ".join(f"'{word}'" for word in ["backpaint", *words])
    lines = (
        f"compopt() {{ :; }}\n{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={current}\n"
        f'_backpaint_completion "{program}"\nprintf "%s\\n" "${{COMPREPLY[@]}}"\n'
    )
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected, done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_of_their_own(shell, backpaint):
    script = backpaint("completion", shell).out
    assert f"_BACKPAINT_COMPLETE={shell}_complete" in script
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=script, text=True, check=True)
