"""MatConvNet's .mat files: SciPy reads the old generation, HDF5 the new one."""
