"""One run, from photographs to a painting: preparation, session, descent, journal, result."""
