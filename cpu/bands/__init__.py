"""Large pictures: the first blocks of the network in bands of rows, in less memory."""
