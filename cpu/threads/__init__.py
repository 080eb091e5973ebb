"""Who works: threads that share out tasks, their BLAS, their workspace, their time."""
