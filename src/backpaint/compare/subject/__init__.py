"""Who is compared, on which problem, and what was found: what all of this room stands on."""
