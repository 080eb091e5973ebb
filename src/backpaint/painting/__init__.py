"""One run, from pictures to a picture: prepare, open a session, descend, keep what came of it."""
