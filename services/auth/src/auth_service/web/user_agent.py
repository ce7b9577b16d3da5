"""What a browser calls itself, in the few words that its owner would use."""

from auth_service.protocol.message import say

_UNKNOWN = say("A browser")
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def in_words(device: str) -> str:
    """What `device` said, as a sentence that pages translate."""
    browser, _, system = device.partition(" on ")
    if browser == _UNKNOWN:
        return say("A browser on {system}", system=system) if system else _UNKNOWN
    return (
        say("{browser} on {system}", browser=browser, system=system)
        if system
        else browser
    )


def device(user_agent: str) -> str:
    """Browser and system, for the list of sessions; never used to decide anything."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), _UNKNOWN)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    return f"{browser} on {system}" if system else browser
