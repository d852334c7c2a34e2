"""`xlfactor doctor`: what is installed, what is missing, and the one thing that mends it, one file a topic."""
