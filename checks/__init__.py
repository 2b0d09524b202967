"""The checks that ship with Seatrial: one module per question, each test a sentence, no I/O."""
