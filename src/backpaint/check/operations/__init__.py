"""The operations under check: their functions, sizes, kinks and tolerances."""
