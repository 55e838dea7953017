"""Sign-in: who asks, what a role may do, and what is noted of it."""
