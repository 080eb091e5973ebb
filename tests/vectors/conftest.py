"""One parser process for the files of many tests."""

from ..weights.kept_child import kept_children_end, parsers_keep_their_child  # noqa: F401  fixtures
