"""Exempts one order after the other until it is killed: `python -m tests.store_facts.exempting LEDGER FACTS`."""

import sys
from dataclasses import replace
from pathlib import Path

from kpis.derive import Rules, derivers
from kpis.limits_file import load
from store.facts.db import Facts
from store.facts.exempt import mirror
from store.ledger import open_ledger
from store.ledger.exemptions import Approved, enter, standing, withdraw
from tests.kpis.stage import CALENDAR, NOW, ZONE

ONE = Approved("city", "0", "arrival", "weather", "flood report", "Li Wei", NOW)
ORDERS = 40


def main(ledger_file: str, facts_file: str) -> None:
    ledger, facts = open_ledger(ledger_file), Facts(Path(facts_file), str(ZONE))
    derive = derivers(Rules(load(), CALENDAR))
    for turn in range(ORDERS):
        (number,) = enter(ledger, [replace(ONE, order_no=str(turn))], NOW)
        if turn % 3 == 2:
            withdraw(ledger, number, "Li Wei", "wrong order", NOW)
        print("entered", flush=True)  # the parent kills at a number of these lines
        mirror(facts, standing(ledger), derive)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
