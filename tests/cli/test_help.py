"""The help pages: grouped, complete, and true about what happens without an option."""

import re

import click
import pytest

from backpaint.cli import COMMANDS, cli
from backpaint.cli.shared.completions import AXIS_OPTIONS
from backpaint.cli.shared.grouped_help import GROUPS, GroupedCommand, grouped_rows
from backpaint.presets import DEFAULT, load_preset

GROUPED = [
    name
    for name in COMMANDS
    if isinstance(cli.get_command(click.Context(cli), name), GroupedCommand)
]


def opened(name):
    command = cli.get_command(click.Context(cli), name)
    return command, click.Context(command, info_name=name)


def test_the_painting_commands_are_grouped():
    assert {"paint", "texture", "reconstruct", "demo", "gradient"} <= set(GROUPED)


@pytest.mark.parametrize("name", GROUPED)
def test_every_option_stands_in_one_group(name):
    command, context = opened(name)
    groups = grouped_rows(command, context)
    every = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    options = [one for one in every if not one.hidden]
    assert sum(map(len, groups.values())) == len(options)
    assert [row[0].split()[-1] for row in groups["Options"]] == ["--help"]
    assert [heading for heading in groups if heading in GROUPS] == list(GROUPS)


@pytest.mark.parametrize("name", ["paint", "texture", "gradient", "reconstruct"])
def test_the_defaults_that_are_told_are_those_of_the_preset(name, backpaint):
    page = " ".join(backpaint(name, "--help").out.split())
    (preset,) = re.findall(r"--preset NAME\|FILE .*?\[default: (\w+)\]", page)
    assert preset == ("gatys" if name in ("gradient", "reconstruct") else DEFAULT)
    recipe, usual = load_preset(preset), rf"\[default: the preset's; {preset} has (\d+)"
    (size,) = re.findall(rf"--size PIXELS [^\[]*{usual}\]", page)
    assert int(size) == recipe.images.size
    told = re.findall(rf"--iterations N [^\[]*{usual}", page)
    assert told == ([] if name == "gradient" else [str(recipe.optimizer.iterations)])


def test_the_demo_tells_its_own_defaults(backpaint):
    page = " ".join(backpaint("demo", "--help").out.split())
    assert "[default: 256]" in page
    assert "[default: the preset's; with gatys 100]" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name, backpaint):
    page = backpaint(name, "--help").out
    assert name == "weights" or f"  backpaint {name}" in page


def test_the_page_of_sheet_lists_the_options_that_may_change(backpaint):
    page = " ".join(backpaint("sheet", "--help").out.split())
    (told,) = re.findall(r"or one of these options: ([^;]*);", page)
    assert told.replace("-", "_").split(", ") == list(AXIS_OPTIONS)
