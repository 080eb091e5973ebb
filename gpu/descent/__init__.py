"""Optimizers whose vectors never leave the device."""
