"""What several ask for at once is one statement, and nobody gets an old answer."""

import asyncio
from collections.abc import Mapping, Sequence

from auth_service.storage.together import InTurn, Together


class Asked:
    """A store that waits before it answers, and says what it was asked."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.go_on = asyncio.Event()
        self.known = {"a": 1, "b": 2}

    async def find(self, names: Sequence[str]) -> Mapping[str, int]:
        self.statements.append(list(names))
        answer = {name: self.known[name] for name in names if name in self.known}
        await self.go_on.wait()
        return answer

    async def change(self, values: Mapping[str, int]) -> Mapping[str, int]:
        self.statements.append(list(values))
        await self.go_on.wait()
        return {name: value for name, value in values.items() if value > 0}


async def until(condition: object) -> None:
    """Until a store has been asked so often."""
    while not condition():
        await asyncio.sleep(0)


async def test_who_asks_at_once_shares_a_statement() -> None:
    store = Asked()
    together = Together(store.find)
    asking = [asyncio.create_task(together.find(name)) for name in "abac"]
    store.go_on.set()
    assert await asyncio.gather(*asking) == [1, 2, 1, None]
    assert store.statements == [["a", "b", "c"]]


async def test_no_answer_is_older_than_its_question() -> None:
    store = Asked()
    together = Together(store.find)
    before = asyncio.create_task(together.find("a"))
    await until(lambda: store.statements)
    store.known["a"] = 3
    after = asyncio.create_task(together.find("a"))
    store.go_on.set()
    assert (await before, await after) == (1, 3)
    assert store.statements == [["a"], ["a"]]


async def test_who_comes_with_the_answer_to_others_joins_those_who_waited() -> None:
    store = Asked()
    together = Together(store.find)

    async def visit() -> None:
        await together.find("a")
        await asyncio.sleep(0)  # as long as the next request takes to be read
        await together.find("c")

    visiting = asyncio.create_task(visit())
    await until(lambda: store.statements)
    waiting = asyncio.create_task(together.find("b"))
    store.go_on.set()
    await asyncio.gather(visiting, waiting)
    assert store.statements == [["a"], ["b", "c"]]


async def test_a_statement_without_an_answer_holds_nobody_else_up() -> None:
    store = Asked()
    together = Together(store.find)
    first = asyncio.create_task(together.find("a"))
    await until(lambda: store.statements)
    second = asyncio.create_task(together.find("b"))
    await until(lambda: len(store.statements) == 2)
    store.go_on.set()
    assert (await first, await second) == (1, 2)


async def test_an_error_is_everybodys_who_asked_and_nobody_elses() -> None:
    calls = 0

    async def find(names: Sequence[str]) -> Mapping[str, int]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("away")
        return dict.fromkeys(names, 1)

    together = Together(find)
    results = await asyncio.gather(
        together.find("a"), together.find("b"), return_exceptions=True
    )
    assert all(isinstance(result, OSError) for result in results)
    assert await together.find("a") == 1


async def test_one_that_leaves_takes_nothing_from_the_others() -> None:
    store = Asked()
    together = Together(store.find)
    leaves, stays = (asyncio.create_task(together.find("a")) for _ in range(2))
    await until(lambda: store.statements)
    leaves.cancel()
    store.go_on.set()
    assert await stays == 1


async def test_changes_of_the_same_thing_are_in_different_statements() -> None:
    store = Asked()
    store.go_on.set()
    in_turn = InTurn(store.change)
    changes = [("a", 1), ("b", 0), ("a", 2), ("c", 3)]
    done = await asyncio.gather(*(in_turn.change(*each) for each in changes))
    assert done == [1, None, 2, 3]
    assert store.statements == [["a", "b", "c"], ["a"]]
