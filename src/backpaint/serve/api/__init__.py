"""What the page may ask for, by address."""
