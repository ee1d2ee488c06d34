# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format (version 0.0.4), read strictly, and the rules by which metrics are named."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
TYPES = {"counter", "gauge", "histogram", "summary"}
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count", "")}


def labels_of(text):
    """The labels of a sample, or None where they are malformed."""
    found, at = {}, 0
    while at < len(text or ""):
        each = LABEL.match(text, at)
        if each is None or each[1] in found:
            return None
        found[each[1]] = each[2]
        at = each.end()
    return found


def samples(text):
    """(name, labels, value) of each sample."""
    for line in text.splitlines():
        each = SAMPLE.match(line)
        if each and not line.startswith("#"):
            yield each[1], labels_of(each[2]), float(each[3])


def names(text):
    """Names of metrics as expressions use them: of a histogram, those of its parts."""
    return {name for name, _, _ in samples(text)} | declared(text)


def declared(text):
    """Names that a type is told of, with the parts of histograms and summaries: also of what has no sample yet."""
    found = set()
    for name, kind in re.findall(rf"(?m)^# TYPE ({NAME}) (\w+)$", text):
        found |= {name + part for part in PARTS.get(kind, ("",))}
    return found


def family_of(name, types):
    for kind, parts in PARTS.items():
        for part in parts:
            base = name[:-len(part)] if part and name.endswith(part) else name
            if types.get(base) == kind:
                return base
    return name


def name_faults(name, kind):
    found = []
    if not name.startswith("bulkhead_"):
        found.append(f"{name}: does not begin with bulkhead_")
    if kind == "counter" and not name.endswith("_total"):
        found.append(f"{name}: a counter ends with _total")
    if kind != "counter" and name.endswith(("_total", "_count", "_sum", "_bucket")):
        found.append(f"{name}: a {kind} must not end like this")
    if re.search(r"_(ms|us|milliseconds|minutes|hours|kib|mib|gib|kilobytes|megabytes)(_|$)", name):
        found.append(f"{name}: units are seconds and bytes")
    return found


def faults(text):
    """What is wrong with it, as sentences."""
    found, types, helps, seen, closed, current = [], {}, set(), set(), set(), None
    if not text.endswith("\n"):
        found.append("the last line has no end")
    for line in text.splitlines():
        meta = re.match(rf"# (HELP|TYPE) ({NAME}) (.+)$", line)
        if meta and meta[1] == "HELP":
            if meta[2] in helps:
                found.append(f"{meta[2]}: a second HELP")
            helps.add(meta[2])
            continue
        if meta:
            if meta[2] in types or meta[3] not in TYPES:
                found.append(f"{meta[2]}: TYPE {meta[3]}")
            types[meta[2]] = meta[3]
            found += name_faults(meta[2], meta[3])
            continue
        each = SAMPLE.match(line)
        labels = labels_of(each[2]) if each else None
        if labels is None:
            found.append(f"not a sample: {line!r}")
            continue
        family = family_of(each[1], types)
        if family not in types or family not in helps:
            found.append(f"{each[1]}: no TYPE and HELP before it")
        if family != current:
            closed.add(current)
            if family in closed:
                found.append(f"{family}: its samples do not stand together")
            current = family
        try:
            float(each[3])
        except ValueError:
            found.append(f"{each[1]}: {each[3]!r} is no number")
        key = (each[1], tuple(sorted(labels.items())))
        if key in seen:
            found.append(f"{key}: twice")
        seen.add(key)
    return found
