"""Judgement of a function of yours: the cases, the comparisons, the mistake in words."""
