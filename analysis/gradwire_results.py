"""Reads results.sqlite; its tables are described in docs/results.md."""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional
from urllib.parse import quote

import pandas
import yaml

FILE_NAME = "results.sqlite"
APPLICATION_ID = 0x47525752  # "GRWR"
SCHEMA_VERSION = 6
PATIENCE_SECONDS = 10  # a run may be committing


class ResultsError(Exception):
    """Results that cannot be read or drawn; the text is one line that says why."""


class Value(NamedTuple):
    """A value of a scenario key: its text, and its number in base units where it has one."""

    text: str
    number: Optional[float] = None
    unit: Optional[str] = None

    def sort_key(self):
        return (self.number is None, self.number or 0.0, self.text)

    def label(self):
        """For a figure: "10 Mbit/s" for 10Mbit, "200 µs" for 200us, other text as it is."""
        match = re.fullmatch(r"([0-9.]+) ?([A-Za-z]+)", self.text)
        if not match:
            return self.text
        number, unit = match.groups()
        unit = {"us": "µs"}.get(unit, unit)
        return f"{number} {unit}/s" if unit.endswith("bit") else f"{number} {unit}"


@dataclass
class Results:
    """The results of one run."""

    path: Path  # of the file
    scenario: str
    mode: str
    axes: list  # swept keys
    points: list  # of {swept key: Value}
    base: dict  # the resolved scenario
    repeats: pandas.DataFrame  # tables of the same names, each ordered by its key
    epochs: pandas.DataFrame
    node_times: pandas.DataFrame
    epoch_scores: pandas.DataFrame  # empty in results of a schema before 4
    # Each with the `interval` in seconds that it stands for; empty before 6.
    resource_samples: pandas.DataFrame

    @property
    def is_virtual(self):
        return self.mode == "virtual"

    def value(self, point, key):
        """The value of a key at a point, swept or not; None if the scenario has no such key."""
        if key in self.points[point]:
            return self.points[point][key]
        found = self.base
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                return None
            found = found[part]
        number = float(found) if isinstance(found, (int, float)) else None
        return Value(str(found), number)

    def values(self, key):
        """The values a key takes, in ascending order."""
        found = {self.value(point, key) for point in range(len(self.points))}
        return sorted(found - {None}, key=Value.sort_key)


def find_file(path):
    path = Path(path)
    if path.is_dir():
        if not (path / FILE_NAME).is_file():
            raise ResultsError(f"{path}: no results in this folder ({FILE_NAME} is missing)")
        return path / FILE_NAME
    if not path.exists():
        raise ResultsError(f"{path}: no such file or folder")
    return path


def read(path):
    """The Results in a results folder or file; raises ResultsError."""
    file = find_file(path)
    # Not mode=ro, which refuses a file whose last transaction was cut short and must be undone.
    address = f"file:{quote(str(file.absolute()))}?mode=rw"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS)
        try:
            connection.execute("PRAGMA query_only = ON")
            _check_kind(connection, file)
            with connection:
                connection.execute("BEGIN")  # one snapshot of all tables
                return _read_tables(connection, file)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise ResultsError(f"{file}: not a Gradwire results file") from error
        raise ResultsError(f"{file}: {error}") from error


def _check_kind(connection, file):
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ResultsError(f"{file}: not a Gradwire results file")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise ResultsError(
            f"{file}: written by a newer Gradwire (schema {version}; "
            f"this one reads up to {SCHEMA_VERSION})"
        )


def _read_tables(connection, file):
    def table(query):
        return pandas.read_sql_query(query, connection)

    run = connection.execute(
        "SELECT scenario, mode, resolved_scenario FROM runs ORDER BY run LIMIT 1"
    ).fetchone()
    if run is None:
        raise ResultsError(f"{file}: no run in it yet")
    repeats = table("SELECT * FROM repeats ORDER BY point, repeat")
    if repeats.empty:
        raise ResultsError(f"{file}: no finished repeats in it yet")
    scenario, mode, resolved = run
    points = _read_points(connection)
    return Results(
        path=file,
        scenario=scenario,
        mode=mode,
        axes=list(points[0]),
        points=points,
        base=_parse_scenario(resolved, file),
        repeats=repeats,
        epochs=table("SELECT * FROM epochs ORDER BY point, repeat, epoch"),
        node_times=table("SELECT * FROM node_times ORDER BY point, repeat, rank"),
        epoch_scores=_read_scores(connection, table),
        resource_samples=_read_samples(connection, table),
    )


def _read_scores(connection, table):
    if connection.execute("PRAGMA user_version").fetchone()[0] < 4:
        columns = ["point", "repeat", "epoch", "position", "name", "value", "low", "high"]
        return pandas.DataFrame(columns=columns)
    return table("SELECT * FROM epoch_scores ORDER BY point, repeat, epoch, position")


def _read_samples(connection, table):
    if connection.execute("PRAGMA user_version").fetchone()[0] < 6:
        columns = ["point", "repeat", "rank", "seconds", "interval"]
        return pandas.DataFrame(columns=columns)
    samples = table("SELECT * FROM resource_samples ORDER BY point, repeat, position")
    before = samples.groupby(["point", "repeat", "rank"]).seconds.shift(fill_value=0.0)
    return samples.assign(interval=samples.seconds - before)


def _read_points(connection):
    count = connection.execute("SELECT count(*) FROM points").fetchone()[0]
    points = [{} for _ in range(count)]
    for point, key, *value in connection.execute(
        "SELECT point, key, text, number, unit FROM point_values ORDER BY point, position"
    ):
        points[point][key] = Value(*value)
    return points


def _parse_scenario(text, file):
    try:
        base = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ResultsError(f"{file}: the scenario stored in it cannot be read") from error
    return base if isinstance(base, dict) else {}
