"""The tutorial can be pasted into Python's own prompt, where a blank line ends a block."""

import code
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "one_sitting.md"


class Prompt(code.InteractiveConsole):
    """Reads as the prompt does, and runs nothing."""

    def runcode(self, code):
        pass

    def showsyntaxerror(self, filename=None, **rest):
        raise AssertionError(f"the prompt does not understand\n{chr(10).join(self.buffer)}")


def test_blocks_can_be_pasted():
    prompt = Prompt()
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for line in [*block.splitlines(), ""]:
            unfinished = prompt.push(line)
        assert not unfinished, block
