"""What single commands do, one file each."""
