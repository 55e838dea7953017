"""Where complaints gather: the looks of a running node, their threshold, what is told of them, and the answers."""
