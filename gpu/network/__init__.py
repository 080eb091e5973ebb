"""Forward and backward through the stages of a network, whole or in bands."""
