"""Seatrial: a deployment verification harness on pytest."""

__version__ = "0.1.0"
