"""Years, months and days to choose from on a list, without asking the table which of them it has."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.admin.views.main import ChangeList
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """What may be chosen next, and the way back."""

    back: Choice | None
    choices: list[Choice]

    @classmethod
    def of(cls, page: ChangeList) -> "Calendar | None":
        """Between the first row and the last one, by their ids: they come in the order of time."""
        rows = page.model_admin.model._default_manager.values_list(page.date_hierarchy, flat=True)
        first, last = rows.order_by("pk").first(), rows.order_by("-pk").first()
        if first is None:
            return None
        return cls._between(_Chosen(page), localtime(first).date(), localtime(last).date())

    @classmethod
    def _between(cls, chosen: "_Chosen", first: date, last: date) -> "Calendar":
        year, month, day = chosen.year, chosen.month, chosen.day
        if year and month and day:
            text = date_format(date(year, month, day), "DATE_FORMAT")
            return cls(chosen.link(_in_words(date(year, month, 1)), year, month), [Choice(text, "")])
        if year and month:
            days = [date(year, month, n) for n in range(1, monthrange(year, month)[1] + 1)]
            shown = [one for one in days if first <= one <= last]
            links = [chosen.link(date_format(one, "MONTH_DAY_FORMAT"), year, month, one.day) for one in shown]
            return cls(chosen.link(str(year), year), links)
        if year:
            months = [date(year, n, 1) for n in range(1, 13)]
            shown = [one for one in months if first.replace(day=1) <= one <= last]
            return cls(chosen.link(_("All dates")), [chosen.link(_in_words(one), year, one.month) for one in shown])
        return cls(None, [chosen.link(str(n), n) for n in range(first.year, last.year + 1)])


def _in_words(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


class _Chosen:
    """The year, month and day that the page's address names; None for what it does not."""

    def __init__(self, page: ChangeList):
        self._page = page
        self.year, self.month, self.day = (self._number(part) for part in ("year", "month", "day"))
        try:
            datetime(self.year or 2000, self.month or 1, self.day or 1)  # noqa: DTZ001 (only whether there is such a day)
        except ValueError:
            self.year = self.month = self.day = None

    def _number(self, part: str) -> int | None:
        text = self._page.params.get(f"{self._page.date_hierarchy}__{part}", "")
        return int(text) if text.isdecimal() else None

    def link(self, text: str, year: int | None = None, month: int | None = None, day: int | None = None) -> Choice:
        parts = {"year": year, "month": month, "day": day}
        fields = {f"{self._page.date_hierarchy}__{part}": value for part, value in parts.items() if value}
        return Choice(text, self._page.get_query_string(fields, [f"{self._page.date_hierarchy}__", "p"]))
