"""The state of the server: pictures, runs and their order."""
