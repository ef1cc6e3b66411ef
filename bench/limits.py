"""What was promised, and whether the figures keep it. Pure: figures in, verdicts out."""

COLOUR_LOSS = 2.0  # dB that a film may be worse than TigerVNC's
ROUND_TRIP = 60


def limit(what, value, bound):
    """A verdict; without a value the promise is not kept."""
    return {"what": what, "value": value, "limit": bound, "ok": value is not None and value <= bound}


def ratio(a, b):
    return None if a is None or not b else round(a / b, 3)


def of_pictures(peers, x264=False):
    """Ours against TigerVNC, on one machine. `peers`: {peer: {content: figures}}; only what was measured is judged."""
    ours, theirs, tuned = (peers.get(name, {}) for name in ("godesk", "tigervnc", "tigervnc-250"))
    verdicts = [limit(f"{name}: pixels that differ at rest", figures["different"], 0)
                for name, figures in ours.items() if "different" in figures]
    if "idle" in ours:
        verdicts.append(limit("idle: bytes/s of the session, checks of paths aside", ours["idle"]["session_bytes_s"], 0))
    if "keys" in ours and "keys" in theirs:
        verdicts.append(limit("key to pixel, of TigerVNC's", ratio(ours["keys"]["median_ms"], theirs["keys"]["median_ms"]), 0.333))
    if "keys" in ours and "keys" in tuned:
        verdicts.append(limit("key to pixel, of TigerVNC's at 250", ratio(ours["keys"]["median_ms"], tuned["keys"]["median_ms"]), 1))
    for name, bytes_bound, cpu_bound in (("typing", 0.333, 1), ("scroll", 0.333, 1.5), ("drag", 0.667, 1.5), ("page", 0.333, 1),
                                         ("film", 0.25, 1 if x264 else 1.8)):
        if name not in ours or name not in theirs:
            continue
        a, b = ours[name], theirs[name]
        verdicts.append(limit(f"{name}: bytes, of TigerVNC's", ratio(a["bytes_s"], b["bytes_s"]), bytes_bound))
        verdicts.append(limit(f"{name}: CPU of the host, of Xtigervnc's", ratio(a["host_cpu"], b["host_cpu"]), cpu_bound))
        if name == "film":
            loss = round(b["psnr_db"] - a["psnr_db"], 2) if "psnr_db" in a and "psnr_db" in b else None
            verdicts.append(limit("film: dB worse than TigerVNC's", loss, COLOUR_LOSS))
    return verdicts


def of_links(name, loss, rate_kbit, figures):
    """Ours over one link: {content: figures}, or nothing for one that could not be measured."""
    verdicts = []
    if "keys" in figures and loss in (0, 5):
        bound = (2.5 if loss else 1) * ROUND_TRIP + 30
        verdicts.append(limit(f"{name}: key to pixel p95, ms", (figures["keys"] or {}).get("p95_ms"), bound))
    if "film" in figures:
        film = figures["film"] or {}
        if rate_kbit >= 20000:
            verdicts.append(limit(f"{name}: film, pictures a second short of 24", round(max(0.0, 24 - film.get("fps", 0)), 1), 0))
        verdicts.append(limit(f"{name}: longest freeze of the film, ms", film.get("freeze_ms"), 500))
    return verdicts
