"""The served customers: how many of each kind, and who one of them is. All of it is made from an area's position."""

from dataclasses import dataclass
from typing import Final

from simulator.network import Areas

HIGH_VOLTAGE, BUSINESS, RESIDENTIAL = "01", "02", "03"


@dataclass(frozen=True)
class Served:
    """Customers of one area, kind and tier."""

    area: int
    kind: str
    tier: str
    customers: int
    sensitive: int
    important: int


def served(areas: Areas) -> list[Served]:
    """Served customers per transformer area by kind and tier, empty groups left out."""
    rows: list[Served] = []
    for i in range(len(areas.code)):
        high, business, all_ = int(areas.high_voltage[i]), int(areas.business[i]), int(areas.customers[i])
        silver = business // 10
        for kind, tier, n, important in (
            (HIGH_VOLTAGE, "A" if i % 3 == 0 else "B", high, high if i % 10 == 0 else 0),
            (BUSINESS, "C", silver, 0),
            (BUSINESS, "D", business - silver, 0),
            (RESIDENTIAL, "D", all_ - high - business, 0),
        ):
            if n:
                rows.append(Served(i, kind, tier, n, n // 50, important))
    return rows


SEQUENCE: Final = 10_000  # customers of an area are numbered below this


def account_no(customer: int) -> str:
    """Account number of a customer: area position and running number behind a leading 3."""
    return f"3{customer // SEQUENCE:04d}{customer % SEQUENCE:05d}"


def phone_digits(customer: int) -> str:
    """Eleven digits in the block 100, which no telephone network hands out; one number per customer."""
    return f"100{customer * 48_271 % 100_000_000:08d}"


def kind_and_tier(areas: Areas, customer: int) -> tuple[str, str, bool]:
    """Kind, tier code and importance of one customer, in step with `served`."""
    i, n = divmod(customer, SEQUENCE)
    high, business = int(areas.high_voltage[i]), int(areas.business[i])
    if n < high:
        return HIGH_VOLTAGE, "A" if i % 3 == 0 else "B", i % 10 == 0
    if n < high + business:
        return BUSINESS, "C" if n < high + business // 10 else "D", False
    return RESIDENTIAL, "D", False


_CAPACITIES: Final = (315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0, 2500.0, 6300.0)


def capacity_kva(customer: int) -> float:
    """Contracted capacity of a customer of high voltage."""
    return _CAPACITIES[customer * 7 % len(_CAPACITIES)]


def arrears_cny(customer: int) -> float:
    """What a customer of high voltage owes; most owe nothing."""
    return round(customer * 97 % 90_000 / 3, 2) if customer * 13 % 100 < 7 else 0.0


def is_reticent(customer: int) -> bool:
    """Leaves no telephone number: without an account only the address says who it is."""
    return customer % 2 == 1
