"""What a film depends on is told by the bytes of its files."""

import os

import pytest

from backpaint.errors import UsageError
from backpaint.regular_file import digest


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_has_no_digest_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UsageError, match=r"pipe.png cannot be read: expected a file"):
        digest(tmp_path / "pipe.png")
