"""Whether pictures' data hold all of them: files may end early and properly.

Their decoders fill up what is not there, and say nothing.
"""
