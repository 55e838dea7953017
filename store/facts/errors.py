"""The store's error family."""


class StoreError(Exception):
    """The facts could not be opened, read or written. The message names the thing and the cure."""
