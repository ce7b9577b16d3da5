"""A walk through our pages in Chromium: fill in, press, look, and check each page."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.builders.auth import PASSWORDS, authorize_parameters

#: Where pictures of the pages go; without it none are taken.
_PICTURES = os.environ.get("SCREENSHOTS")
_WIDTHS = (1280, 390)
_SCHEMES: tuple[Any, ...] = ("light", "dark")
_GRAVE = {"serious", "critical"}


@dataclass
class Walk:
    """A window, and where our server is."""

    page: Page
    url: str

    def open(self, path: str) -> None:
        """Go to a page of ours."""
        self.page.goto(f"{self.url}{path}")

    def open_authorize(self, **changes: str | None) -> None:
        """Arrive as an app sends people."""
        query = urlencode(authorize_parameters(**changes))
        self.page.goto(f"{self.url}/oauth/authorize?{query}")

    def fill(self, **fields: str) -> None:
        """Type into fields, by their names."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:not([type=hidden])").first.fill(value)

    def press(self, text: str) -> None:
        """A button, by what stands on it."""
        self.page.get_by_role("button", name=text, exact=True).first.click()

    def follow(self, text: str) -> None:
        """A link, by its text."""
        self.page.get_by_role("link", name=text, exact=True).first.click()

    def sees(self, text: str) -> None:
        """It stands on the page, and can be seen."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def is_at(self, path: str) -> None:
        """The address, without its query."""
        there = self.page.url.removeprefix(self.url).partition("?")[0]
        assert there == path, self.page.url

    def sign_in(
        self,
        name: str = "alice",
        password: str | None = None,
        *,
        button: str = "Sign in",
    ) -> None:
        """The login page, filled in."""
        self.fill(identifier=name, password=password or PASSWORDS[name])
        self.press(button)

    def check(self, name: str) -> None:
        """
        The page is accessible in both themes and fits on a phone.

        Args:
            name: of its pictures, which are taken where SCREENSHOTS names a folder.

        """
        self.page.wait_for_load_state()
        size = self.page.viewport_size
        for scheme in _SCHEMES:
            # Without motion: axe must not see a colour on its way to another.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width in _WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 800})
                wide = self.page.locator("html").evaluate("page => page.scrollWidth")
                assert wide <= width, f"{name} is {wide} wide on {width}"
                if _PICTURES:
                    file = Path(_PICTURES) / f"{name}-{width}-{scheme}.png"
                    self.page.screenshot(path=file, full_page=True)
            self._is_accessible(f"{name}, {scheme}")
        self.page.emulate_media(color_scheme="light")
        if size is not None:
            self.page.set_viewport_size(size)

    def _is_accessible(self, name: str) -> None:
        found = Axe().run(self.page).response["violations"]
        grave = [v for v in found if v["impact"] in _GRAVE]
        assert not grave, (name, [(v["id"], v["nodes"]) for v in grave])
