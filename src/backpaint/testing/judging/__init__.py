"""How somebody's function is examined, and what is wrong with it put into words."""
