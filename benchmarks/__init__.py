"""Seatrial against plain testinfra: the same statements about the same fifty containers, in one run."""
