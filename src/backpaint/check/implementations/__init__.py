"""Who is checked besides the reference: the operations of the fast engines."""
