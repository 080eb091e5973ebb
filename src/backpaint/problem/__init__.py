"""The problem, whoever computes it: a recipe, its pictures, its network, and their sizes."""
