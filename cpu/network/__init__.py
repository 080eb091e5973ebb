"""The network forward and backward, stage by stage, in memory planned beforehand."""
