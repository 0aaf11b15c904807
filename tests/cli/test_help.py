"""Help: every command and flag says what it is for, and shows how it is used."""

from __future__ import annotations

import pytest
from typer.main import get_command

from streams.cli import main

COMMANDS = get_command(main).commands
FLAGS = [(name, part) for name, command in COMMANDS.items() for part in command.params]


def test_without_a_command_the_help_is_shown(run):
    """A newcomer who types the name alone learns what there is."""
    shown = run().output

    assert [name for name in COMMANDS if name not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_examples(run, name):
    """Each has at least two lines that can be copied."""
    shown = run(name, "--help").output

    assert shown.count(f"nummerwacht {name}") >= 2


@pytest.mark.parametrize(("name", "part"), FLAGS, ids=[f"{name}-{part.name}" for name, part in FLAGS])
def test_a_flag_says_what_it_is_for(name, part):
    """No flag is only its name."""
    assert part.help
    assert part.help.rstrip().endswith((".", ")", "line", "default."))


def test_a_mistyped_command_is_answered_with_the_nearest(run):
    """And ends as wrong usage does."""
    ended = run("relpay")

    assert "replay" in ended.output
    assert ended.exit_code == 2
