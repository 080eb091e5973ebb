"""An engine to test, on its device."""

from collections.abc import Iterator

import pytest

from ..gpu.conftest import only_variants_that_are_compiled as only_variants_that_are_compiled
from .table import Engine


@pytest.fixture
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Give one of the engines in `table.py`; its `each` says which."""
    with request.param.device():
        yield request.param
