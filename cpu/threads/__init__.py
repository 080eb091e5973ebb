"""Threads that share out tasks, with BLAS held back, a workspace each, and a stopwatch."""
