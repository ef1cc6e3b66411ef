"""Several runs of one measurement as one: the median holds, and each run's value is told. Pure."""
import statistics


def middle(runs):
    """Runs of the same shape as one: numbers are their median, all else is the first run's. None where one has none."""
    first = runs[0]
    if any(run is None for run in runs):
        return None
    if isinstance(first, dict):
        return {key: middle([run.get(key) for run in runs]) for key in first}
    numbers = all(isinstance(run, (int, float)) and not isinstance(run, bool) for run in runs)
    return round(statistics.median(runs), 3) if numbers else first


def verdicts_of(runs):
    """Verdicts of limits.limit(), a list for each run, as one list: the median is judged. Where one run has none, none holds."""
    merged = []
    for what in dict.fromkeys(verdict["what"] for run in runs for verdict in run):
        same = [next((verdict for verdict in run if verdict["what"] == what), None) for run in runs]
        values = [verdict and verdict["value"] for verdict in same]
        value = None if None in values else round(statistics.median(values), 3)
        bound = next(verdict["limit"] for verdict in same if verdict)
        merged.append({"what": what, "value": value, "limit": bound, "values": values, "ok": value is not None and value <= bound})
    return merged
