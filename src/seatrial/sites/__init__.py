"""Where services run, and how all that one look asks there is asked."""
