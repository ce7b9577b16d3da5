"""Sentences for people: kept in English, said in the language of the page."""

from typing import Self


class Message(str):
    """
    A sentence, as English text that remembers what it was made of.

    Attributes:
        template: what catalogues are asked for.
        values: what stands in its braces.

    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """The English sentence."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made


#: As catalogues look for it: `say("Come back in {seconds} seconds.", seconds=5)`.
say = Message
