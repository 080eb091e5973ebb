"""A page that paints, served to this machine alone: `backpaint serve`.

`server` opens the port and ends everything that it began; `guard` stands before every request;
`api` answers them; `studio` keeps pictures, runs and their queue; `processes` compute, each in a
process of its own, so that the server only passes bytes on.  The page itself is in `page/`: HTML,
CSS and JavaScript modules that a browser reads as they are.
"""
