"""Columns that several models have."""

from django.db import models


def unchecked_key(to: str, verbose_name: str) -> models.ForeignKey:
    """Names a row of another table, or none, and the database does not check it: it is written for every message."""
    return models.ForeignKey(
        to,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=verbose_name,
    )
