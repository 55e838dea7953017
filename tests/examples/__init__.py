"""Tests of the examples: small invented rows always, the real rows where they lie beside the repository."""
