"""MatConvNet's .mat files: the old generation by way of SciPy, the new one by way of HDF5."""
