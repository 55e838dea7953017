"""Why a clock may be exempt. Apart from the register: a command that only names them opens no database."""

from typing import Final

# Reason codes in English words; their Chinese stands in i18n/register.zh.po.
REASONS: Final = {
    "weather": "weather",
    "no_access": "no access to the place",
    "customer_asked": "the customer asked for it",
    "upstream_grid": "upstream grid",
    "third_party_damage": "damage by a third party",
    "wrong_record": "wrong record",
    "other": "other",
}
