"""What the server knows: pictures, runs and their order."""
