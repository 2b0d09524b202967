"""A deployment that is spread over plain hosts behind a jump host, an engine on one of them, and the engine here."""
