"""The ledger: what the product decided and what people answered."""

from store.facts.errors import StoreError
from store.ledger.ledger import Ledger, open_ledger

__all__ = ["Ledger", "StoreError", "open_ledger"]
