"""The processes that compute for the page, and the pipes between them and the server."""
