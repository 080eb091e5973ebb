"""`isolation.decode_picture` with ears, for a child process: what it opens, runs and takes."""

import resource
import warnings

from fuzz_harness import Watch

from backpaint.isolation import decode_picture

WATCH = Watch([])


def decode(path, most_pixels):
    return _heard(decode_picture.decode, path, most_pixels)


def read_text(path, key):
    return _heard(decode_picture.read_text, path, key)


def _heard(function, path, *arguments):
    warnings.simplefilter("error")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    WATCH.begin(path)
    values, samples = function(path, *arguments)
    WATCH.active = False
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return values | {"heard": {"opened": WATCH.opened, "run": WATCH.run, "memory": memory}}, samples
