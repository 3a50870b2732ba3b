"""Finds the functions that a C header declares, each with the comment right above it."""

import re
from dataclasses import dataclass

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ONLY_FOR_CPLUSPLUS = re.compile(
    r"^[ \t]*#[ \t]*ifdef[ \t]+__cplusplus\b.*?^[ \t]*#[ \t]*endif[^\n]*$",
    re.DOTALL | re.MULTILINE)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_MACRO_ALONE_ON_ITS_LINE = re.compile(r"^[ \t]*[A-Z][A-Z0-9_]*[ \t]*$", re.MULTILINE)
_NAME_OF_FUNCTION = re.compile(r"\b(\w+)\s*\(")


@dataclass(frozen=True)
class Declaration:
    name: str
    line: int
    comment: str  # Empty when nothing but space, or other code, stands above.


def functions_of(header: str) -> list[Declaration]:
    """Functions declared or defined at file scope, in order."""
    comments = list(_COMMENT.finditer(header))
    code = _blank_out(_COMMENT, header)
    code = _blank_out(_ONLY_FOR_CPLUSPLUS, code)
    code = _blank_out(_PREPROCESSOR, code)
    code = _blank_out(_MACRO_ALONE_ON_ITS_LINE, code)
    found = []
    for start, text in _statements(code):
        name = _name_of_function(text)
        if name:
            line = header.count("\n", 0, start) + 1
            found.append(Declaration(name, line, _comment_above(header, comments, start)))
    return found


def _blank_out(pattern: re.Pattern, text: str) -> str:
    """Replaces matches by spaces, so that positions and lines stay what they were."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _statements(code: str):
    """(position, text) of everything at file scope that ends with ; or has a body in braces."""
    start = depth = 0
    for position, character in enumerate(code):
        if character == "{":
            if depth == 0 and _name_of_function(code[start:position]):
                yield _trimmed(code, start, position)
                start = len(code)  # The body belongs to nobody.
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0 and start == len(code):
                start = position + 1
        elif character == ";" and depth == 0:
            yield _trimmed(code, start, position)
            start = position + 1


def _trimmed(code: str, start: int, end: int) -> tuple[int, str]:
    text = code[start:end]
    return start + len(text) - len(text.lstrip()), text.strip()


def _name_of_function(statement: str) -> str | None:
    """The declared function, or None for types, variables and function pointers."""
    statement = statement.strip()
    if re.match(r"(?:typedef|_Static_assert|static_assert)\b", statement) or "{" in statement:
        return None
    # Attributes may stand on either side: BP_API int bp_f(int) BP_PRINTF(1, 2).
    attributes = r"\b(?:__attribute__|BP_[A-Z_]+)\s*\("
    match = next((found for found in _NAME_OF_FUNCTION.finditer(statement)
                  if not re.match(attributes, found.group())), None)
    return match.group(1) if match else None


def _comment_above(header: str, comments: list[re.Match], start: int) -> str:
    """The comments that nothing but space separates from the declaration and from each other."""
    texts: list[str] = []
    for comment in reversed([c for c in comments if c.end() <= start]):
        if header[comment.end():start].strip():
            break
        texts.insert(0, comment.group())
        start = comment.start()
    return "\n".join(texts)
