"""BC Hydro poll by poll through reader and facts: what the list can not say is inferred, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from collectors.poll import Poller
from examples.bchydro import replay
from kpis.calendars_file import load as load_calendar
from kpis.derive import Rules, derivers
from kpis.limits_file import load as limits
from settings import load
from store.facts.db import Facts
from store.scope import Scope
from tests.examples.outage_list import BEGIN, Year, loaded

READS = 4  # per poll: a node reads every second what changes every twenty minutes


class Watch:
    """A node's reading of the replay, without its processes and its clock."""

    def __init__(self, year: Year, folder: Path) -> None:
        self.year = year
        settings = load(replay.SETTINGS)
        url = year.source.url.render_as_string(hide_password=False)
        self.source = settings.sources["bchydro"].model_copy(update={"url": SecretStr(url)})
        self.poller = Poller("bchydro", self.source, b"site key")
        self.facts = Facts(folder / "facts.duckdb", settings.site.zone)
        self.derive = derivers(Rules(limits(), load_calendar(settings.site.zone)))

    def close(self) -> None:
        self.facts.close()
        if self.poller.engine is not None:
            self.poller.engine.dispose()

    def jump(self, at: datetime) -> None:
        replay.until(self.year.source, self.year.log, at)
        self.read()

    def step(self) -> replay.Poll:
        poll = replay.step(self.year.source, self.year.log)
        assert poll is not None
        self.read()
        return poll

    def read(self) -> None:
        at = self.year.poll()[1]
        for n in range(READS):
            reply = self.poller.poll({0: None, 1: None}, at + timedelta(seconds=1 + n))
            assert reply.error is None
            for batch in reply.batches:
                self.facts.merge(batch, self.derive)

    def outages(self) -> dict[int, dict[str, Any]]:
        with self.facts.read(Scope.everything("test")) as reader:
            t = reader.table("outages")
            millis = {name: t[name].epoch_seconds() for name in ("started_at", "estimate_at", "restored_at")}
            frame = reader.frame(t.select("outage_no", "kind", "customers_out", "place_unknown", **millis), BEGIN)
        return {int(row["outage_no"]): {str(k): v for k, v in row.items()} for row in frame.to_dict("records")}

    def restored(self) -> dict[int, datetime | None]:
        return {no: _moment(row["restored_at"]) for no, row in self.outages().items()}

    def running(self) -> set[int]:
        return {no for no, at in self.restored().items() if at is None}

    def as_of(self) -> datetime | None:
        (state,) = self.facts.states()
        return state.as_of


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds == seconds else None  # noqa: PLR0124  NaN


def _at(poll: int) -> datetime:
    return BEGIN + timedelta(minutes=10 * poll)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Watch]:
    for year in loaded(tmp_path, tmp_path, BEGIN):
        watch = Watch(year, tmp_path)
        watch.read()
        yield watch
        watch.close()


@pytest.fixture
def watch(real: Year, tmp_path: Path) -> Iterator[Watch]:
    """The real year, nothing read yet."""
    watch = Watch(real, tmp_path)
    yield watch
    watch.close()


def test_the_first_list_is_there_in_the_fields_words(small: Watch) -> None:
    row = small.outages()[1]
    assert (row["kind"], row["customers_out"], row["place_unknown"]) == ("fault", 100, False)
    assert _moment(row["started_at"]) == BEGIN
    assert small.restored() == {1: None, 2: None}
    assert small.as_of() == BEGIN
    assert small.facts.quarantine().empty


def test_an_answer_without_a_list_restores_nobody(small: Watch) -> None:
    small.step()
    small.step()
    assert small.year.poll()[3] == "empty"
    assert small.restored() == {1: None, 2: None}
    assert small.as_of() == _at(1)  # nothing was learnt: the age keeps growing
    (state,) = small.facts.states()
    assert [doubt.what for doubt in state.doubts] == ["list_empty"]


def test_what_left_is_restored_at_the_poll_that_shows_it(small: Watch) -> None:
    for _ in range(3):
        small.step()
    assert small.restored() == {1: None, 2: _at(3)}
    (state,) = small.facts.states()
    assert (state.doubts, state.as_of) == ((), _at(3))


def test_an_empty_list_is_believed_at_the_next_one(small: Watch) -> None:
    for _ in range(4):
        small.step()
    assert small.running() == {1}
    small.step()
    assert small.running() == {1}  # it was back in the next list


def test_an_outage_that_comes_back_is_open_again_and_keeps_its_row(small: Watch) -> None:
    for _ in range(6):
        small.step()
    assert small.restored() == {1: _at(6), 2: _at(3), 3: None}
    small.step()
    assert small.restored() == {1: None, 2: _at(3), 3: None}
    rows = small.outages()
    assert rows[3]["kind"] == "planned"
    assert (rows[1]["customers_out"], _moment(rows[1]["started_at"])) == (45, BEGIN + timedelta(minutes=65))


def test_nobody_is_restored_by_the_real_poll_without_an_answer(watch: Watch) -> None:
    watch.jump(datetime(2024, 3, 30, 23, 47, 21, tzinfo=UTC))
    before = watch.running()
    assert before == {2_372_401, 2_372_408, 2_372_357}
    assert watch.step().status == "empty"
    assert watch.running() == before
    poll = watch.step()
    assert poll.number == 6_110
    assert watch.restored() == {2_372_401: poll.at, 2_372_408: None, 2_372_357: None}


def test_a_storm_runs_as_the_list_does(watch: Watch) -> None:
    watch.jump(datetime(2024, 11, 4, 22, tzinfo=UTC))
    for _ in range(12):  # 2 h 55 min: up to 470 outages, and 217 restored by one poll
        poll = watch.step()
        assert watch.running() == set(watch.year.listed()), f"poll {poll.number}"
    (units,) = watch.facts._db.sql("SELECT count(*) FROM units WHERE kind = 'county'").fetchall()
    assert units == (7,)


def test_an_outage_that_was_gone_for_three_real_polls_is_open_again(watch: Watch) -> None:
    watch.jump(datetime(2024, 11, 4, 22, 10, tzinfo=UTC))
    seen = [watch.restored()[2_471_467]]
    gone = watch.step()
    for _ in range(3):
        seen.append(watch.restored()[2_471_467])
        back = watch.step()
    seen.append(watch.restored()[2_471_467])
    assert (gone.number, back.number) == (20_985, 20_988)
    assert seen == [None, gone.at, gone.at, gone.at, None]
