"""What each aspect means, how it is decided, what could fool a look, and what to do next: one file a subject."""
