"""The operations of the fast engines, by the names of the reference."""
