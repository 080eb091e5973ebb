"""The network forward and backward, stage by stage, whole or in bands."""
