"""A comparison as a table, as a page, and its charts."""
