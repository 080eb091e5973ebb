"""Functions on clips that run in a child process: FFmpeg's demuxers and codecs are C code."""
