"""From named arrays to a network that is known to be right, by what is known of networks."""
