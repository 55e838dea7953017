"""Which inner loops run: numba's where it is installed, else NumPy's. Loaded by who looks, not by who imports."""

from types import ModuleType

from kpis.hotspots.tables import BadTable


def loops(is_compiled: bool | None) -> ModuleType:
    """`compiled` or `plain`; None: `compiled` where it is installed. Errors: BadTable where it is asked for and is not.

    numba takes as long to load as all else of a node together.
    """
    from kpis.hotspots import compiled, plain

    if is_compiled and not compiled.IS_HERE:
        raise BadTable("numba is not installed: leave is_compiled open, or install it")
    return plain if is_compiled is False or not compiled.IS_HERE else compiled
