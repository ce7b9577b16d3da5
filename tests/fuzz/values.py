"""Values that break things: characters, lengths, encodings, other people's syntax."""

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

#: Marks that must never come back as they are: markup, and a header of ours.
MARKUP: Final = "<i id=mark>"
HEADER: Final = "x\r\nset-cookie: mark=1"

NASTY: Final[tuple[str, ...]] = (
    "",
    " ",
    "\0",
    "a\0b",
    "\t\n\r",
    "-1",
    "0",
    "1e999",
    "999999999",
    "9" * 400,
    "٣",
    "²",
    "NaN",
    "null",
    "true",
    "{}",
    "[]",
    "none",
    "none login",
    "login consent",
    "S256",
    "plain",
    "code token",
    "*",
    "%",
    "%00",
    "%ff",
    "..",
    "../../etc/passwd",
    "/",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/cb",
    "https://app.example@evil.example/cb",
    "https://app.example/cb?x=1",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1:99999/cb",
    "http://[::1/cb",
    f"'\"><{MARKUP[1:]}",
    MARKUP,
    HEADER,
    "' OR 1=1 --",
    "{{7*7}}",
    "%(x)s %s %n",
    "${jndi:x}",
    "\ufeff",
    "\u202eabc",
    "\u2028",
    "e\u0301\u200d\u200b",
    "ﷺ" * 30,
    "𝒜𝓁𝒾𝒸𝑒",
    "🦄",
    "\uffff",
    "\U0010ffff",
    "İ",
    "ß" * 50,
    "٠١٢٣-٠١-٠١",
    "0000-00-00",
    "2026-W01-1",
    "a@b",
    "a@[127.0.0.1]",
    '"a b"@example.org',
    "a@" + "x" * 70 + ".example",
    "a@xn--a.example",
    "a@１２７.0.0.1",
    "+" + "9" * 30,
    "aaaaaaaaaaaaaaaa" * 8,
    "correct horse battery staple",
    "1/1/1990 20011990 ²²²² ٣٣٣٣٣٣",
    "x" * 1025,
    "x" * 4096,
    "x" * 4097,
    "é" * 2100,
    "x" * 16_500,
    "a b c " * 300,
    "a.b.c",
    "...",
    "e30.e30.",
    "eyJhbGciOiJub25lIn0.e30.",
)

#: What no honest encoder makes; already encoded.
RAW: Final[tuple[bytes, ...]] = (
    b"%",
    b"%zz",
    b"%ff",
    b"%c0%af",
    b"%ed%a0%80",
    b"%f4%90%80%80",
    b"%00",
    b"+",
    b"%2500",
    b"a=b=c",
    b"&&&&",
    b"&x=1" * 60,
    b";a=b",
    b"a%26b%3dc",
    b"%e2%80%8b",
    b"\x80\xff",
    b"\xc3\xa9",
    b"{}",
    b"[" * 2000,
    b'{"a":"\\ud800"}',
    b'{"\\ud800":1}',
    b'{"title":"a","text":"\\u0000"}',
    b'{"title":"a","title":"b"}',
    b'{"title":1e999}',
    b'{"title":NaN}',
    b"\xef\xbb\xbf{}",
    b"--x\r\n\r\n",
    b'--x\r\ncontent-disposition: form-data; name="a"; filename="\xff"\r\n\r\n\0\r\n',
    b"--x\r\ncontent-disposition: form-data\r\n\r\n\r\n--x--\r\n",
    b"y" * 17_000,
    b"z" * 70_000,
)

texts: Final = st.text(max_size=12)


def _flipped(text: str) -> str:
    middle = len(text) // 2
    other = "A" if text[middle : middle + 1] != "A" else "B"
    return text[:middle] + other + text[middle + 1 :]


#: Small changes to a value that is right.
EDITS: Final[dict[str, Callable[[str], str]]] = {
    "same": lambda text: text,
    "cut": lambda text: text[:-1],
    "halved": lambda text: text[: len(text) // 2],
    "grown": lambda text: f"{text}A",
    "swapped case": str.swapcase,
    "flipped": _flipped,
    "with NUL": lambda text: f"{text}\0",
    "with space": lambda text: f" {text}",
    "with line": lambda text: f"{text}\n",
    "with accent": lambda text: f"{text}\u0301",
    "with dot": lambda text: f"{text}.",
    "with slash": lambda text: f"{text}/",
    "twice": lambda text: f"{text}{text}",
    "quoted": lambda text: f'"{text}"',
    "wide": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text
    ),
}


def spliced(text: str, at: int, new: str, over: int) -> str:
    """The text with something else in it, perhaps in place of a character."""
    at %= len(text)
    return text[:at] + new + text[at + over :]
