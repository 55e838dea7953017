"""When the jobs of a node run: each in its own thread, never twice at once."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

import telemetry

SOON: Final = timedelta(milliseconds=50)
LATER: Final = timedelta(seconds=60)  # what has time, once sources have been read and pages have been asked
BREATH: Final = timedelta(seconds=0.2)  # between two turns of a node that does not keep up: pages want theirs
Job = Callable[[], None]


def timetable(
    turn: tuple[Job, float],
    soon: Sequence[tuple[Job, float]],
    later: Sequence[tuple[Job, float]],
    tell: Callable[[Any], None],
) -> BackgroundScheduler:
    """Not started yet. Jobs with the seconds of their pace; `tell` hears of each that ended or failed.

    A `turn` that was due while the last one still ran is counted, and taken soon after that one: turns of 1.1 s must
    not make a pace of two seconds.
    """
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"max_instances": 1, "coalesce": True})
    now = datetime.now(UTC)
    for jobs, first in (((turn, *soon), now + SOON), (later, now + LATER)):
        for job, every in jobs:
            scheduler.add_job(
                job, "interval", seconds=every, id=job.__name__, next_run_time=first, misfire_grace_time=None
            )
    ends = EVENT_JOB_ERROR | EVENT_JOB_EXECUTED
    scheduler.add_listener(_Overdue(scheduler, turn[0].__name__).note, EVENT_JOB_MAX_INSTANCES | ends)
    scheduler.add_listener(tell, ends)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return scheduler


class _Overdue:
    def __init__(self, scheduler: BackgroundScheduler, job: str) -> None:
        self._scheduler, self._job, self._is_due = scheduler, job, False

    def note(self, event: Any) -> None:
        if event.job_id != self._job:
            return
        if event.code == EVENT_JOB_MAX_INSTANCES:
            telemetry.TICKS_SKIPPED.inc()
            self._is_due = True
        elif self._is_due:
            self._is_due = False
            with suppress(JobLookupError):  # it is being stopped
                self._scheduler.modify_job(self._job, next_run_time=datetime.now(UTC) + BREATH)
