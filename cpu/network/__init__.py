"""Forward and backward through the stages of a network, in maps planned beforehand."""
