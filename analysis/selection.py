"""Which points of the results a figure shows: its axes, lines and panels, and what is fixed."""

from gradwire_results import ResultsError, Value

MOST_PANELS = 9


def parse_conditions(texts):
    """{"network.nodes": {"1", "2"}} for ["network.nodes=1", "network.nodes=2"]."""
    conditions = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise ResultsError(f"--where {text}: write key=value, e.g. network.bandwidth=10Mbit")
        conditions.setdefault(key, set()).add(value)
    return conditions


def _swept(results):
    return f"swept keys: {', '.join(results.axes)}" if results.axes else "nothing is swept"


def check_swept(sources, key, option):
    """Raises ResultsError unless one of the results sweeps the key, and all others have it."""
    if not any(key in results.axes for results in sources):
        first = sources[0]
        raise ResultsError(f"{first.path}: {option} {key} is not a swept key; {_swept(first)}")
    for results in sources:
        if not results.values(key):
            raise ResultsError(f"{results.path}: {option} {key}: no such key in its scenario")


def matching_points(results, conditions):
    """The points that meet every condition; raises ResultsError when a value does not occur."""
    for key, wanted in conditions.items():
        known = [value.text for value in results.values(key)]
        if not known:
            raise ResultsError(f"{results.path}: --where {key}: no such key; {_swept(results)}")
        for text in sorted(wanted - set(known)):
            raise ResultsError(
                f"{results.path}: --where {key}={text}: no such value; there are {', '.join(known)}"
            )
    return [
        point
        for point in range(len(results.points))
        if all(results.value(point, key).text in wanted for key, wanted in conditions.items())
    ]


def free_axes(results, points, used):
    """The swept keys that take several values in these points and that the figure does not use."""
    return [
        key
        for key in results.axes
        if key not in used and len({results.value(point, key) for point in points}) > 1
    ]


def choices(results, keys):
    """ "a (1, 2), b (x, y)": keys with their values, for an error message."""
    return ", ".join(
        f"{key} ({', '.join(value.text for value in results.values(key))})" for key in keys
    )


def refuse_others(results, others, choice):
    """Raises ResultsError when there are other swept keys; `choice`: the option that takes one."""
    if others:
        raise ResultsError(
            f"{results.path}: also swept: {choices(results, others)}; "
            f"fix each with --where key=value, or choose {choice}"
        )


def panel_key(sources, points_of, used):
    """The one further swept key, whose values become panels; None if there is none.

    Raises ResultsError when there are several, or too many panels.
    """
    found = {}
    for results, points in zip(sources, points_of):
        for key in free_axes(results, points, used):
            found.setdefault(key, results)
    if len(found) > 1:
        results = next(iter(found.values()))
        raise ResultsError(
            f"{results.path}: also swept: {choices(results, found)}; "
            "fix all but one with --where key=value"
        )
    for key, results in found.items():
        check_panels(results, key, values_among(sources, points_of, key))
        return key
    return None


def values_among(sources, points_of, key):
    """The values of a key in the chosen points of all results, ascending.

    Results that do not sweep the key know its text only: another's number of the same text counts.
    """
    by_text = {}
    for results, points in zip(sources, points_of):
        for point in points:
            value = results.value(point, key)
            if value is None:
                continue
            known = by_text.setdefault(value.text, value)
            if known.number is None:
                by_text[value.text] = value
    return sorted(by_text.values(), key=Value.sort_key)


def points_with(results, points, key, value):
    """Those of the points at which the key has the value; all of them if the value is None."""
    if value is None:
        return points
    return [
        point
        for point in points
        if (found := results.value(point, key)) is not None and found.text == value.text
    ]


def check_lines(results, key, lines, most):
    """Raises ResultsError when a figure would have more lines than can be told apart."""
    if len(lines) > most:
        raise ResultsError(
            f"{results.path}: {key} would make {len(lines)} lines, at most {most} can be told "
            f"apart; choose some with --where {key}=value"
        )


def check_panels(results, key, panels):
    """Raises ResultsError when a figure would have too many panels."""
    if len(panels) > MOST_PANELS:
        raise ResultsError(
            f"{results.path}: {key} would make {len(panels)} panels, at most {MOST_PANELS} fit; "
            f"choose some with --where {key}=value"
        )
