"""The part of README.md that tools/bench --readme writes."""

_BEGIN = "<!-- tools/bench --readme writes from here -->"
_END = "<!-- to here -->"


def replace(readme: str, content: str) -> str:
    """The page with the content in its region. ValueError: it has no region, or more than one."""
    if readme.count(_BEGIN) != 1 or readme.count(_END) != 1 or readme.index(_BEGIN) > readme.index(_END):
        raise ValueError(f"the page needs one line {_BEGIN!r}, and one {_END!r} behind it")
    before, rest = readme.split(_BEGIN)
    return f"{before}{_BEGIN}\n\n{content.strip()}\n\n{_END}{rest.split(_END)[1]}"
