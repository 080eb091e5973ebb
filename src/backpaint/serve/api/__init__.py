"""The requests that the page may make, by address."""
