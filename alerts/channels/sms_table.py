"""A gateway for texts that sends what stands in its table of some database."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from alerts.channels.channel import DeliveryError, Message
from alerts.channels.sms import TRAITS, text_of
from settings_channels import SmsTable

_NOW: Final = "{now}"


class SmsTableChannel:
    """One row per text, known by the message's key: a repeat inserts nothing."""

    traits = TRAITS

    def __init__(self, name: str, settings: SmsTable) -> None:
        self._name, self._s = name, settings
        names = list(dict.fromkeys((settings.key_column, *settings.columns)))
        schema, _, table = settings.table.rpartition(".")
        self._table = sa.table(table, *(sa.column(c) for c in names), schema=schema or None)
        self._engine: sa.Engine | None = None

    def why_unusable(self) -> str | None:
        try:
            self._opened()
        except (ArgumentError, ImportError, SQLAlchemyError):
            return "url: is no database URL we have a driver for; write e.g. mysql+pymysql://USER:PASSWORD@HOST/NAME"
        wanted = [name for name in ("{to}", "{text}") if name not in map(str, self._s.columns.values())]
        return f"columns: none has {' or '.join(wanted)}; name the gateway's columns" if wanted else None

    def send(self, messages: list[Message]) -> str | None:
        """Errors: DeliveryError: what the database can not do for now is tried again, what it refuses is permanent."""
        try:
            with self._opened().begin() as connection:
                for message in messages:
                    self._insert(connection, message)
        except IntegrityError:  # another sender's row with this key came between
            return self._already(messages)
        except OperationalError:
            raise DeliveryError(f"{self._name}: the database does not answer", permanent=False) from None
        except DBAPIError as error:
            cause = type(error.orig).__name__
            raise DeliveryError(f"{self._name}: the database refuses the row ({cause})", permanent=True) from None
        return "row inserted"

    def _insert(self, connection: sa.Connection, message: Message) -> None:
        if not self._is_there(connection, message.key):
            connection.execute(self._table.insert().values(self._row(message)))

    def _already(self, messages: list[Message]) -> str:
        with self._opened().connect() as connection:
            if all(self._is_there(connection, m.key) for m in messages):
                return "row was there"
        raise DeliveryError(f"{self._name}: the table's rules refuse the row", permanent=True)

    def _is_there(self, connection: sa.Connection, key: str) -> bool:
        column = self._table.c[self._s.key_column]
        return connection.execute(sa.select(sa.literal(1)).where(column == key).limit(1)).first() is not None

    def _row(self, message: Message) -> dict[str, Any]:
        values: dict[str, Any] = {"{to}": message.address, "{text}": text_of(message), "{key}": message.key}
        row = {column: values.get(str(value), value) for column, value in self._s.columns.items()}
        row = {column: sa.func.now() if value == _NOW else value for column, value in row.items()}
        return row | {self._s.key_column: message.key}

    def _opened(self) -> sa.Engine:
        if self._engine is None:
            self._engine = sa.create_engine(self._s.url.get_secret_value(), pool_pre_ping=True, hide_parameters=True)
        return self._engine
