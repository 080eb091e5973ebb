"""A picture from within, as the page shows it; computed in a process of its own.

`answers` is that process; `gradients` (maps, the numbers of a pixel), `layers` (features,
filters), `convolution` (the products behind one number), `landscape` (the loss around the
picture), `engines` (the same on each engine) are what it can be asked; `parts` is what all need.
"""
