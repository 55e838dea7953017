"""Linjiang, an invented city that lives: three source databases in their own schemas, with known truth."""
