"""A new person: username, e-mail, password, profile; then, by letter, their address."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import randbelow
from uuid import uuid4

from auth_service.flows.begin_session import SignedIn
from auth_service.flows.confirm_sign_up import ConfirmSignUp
from auth_service.flows.visits import Visits
from auth_service.ports import Attempts, Passwords, PeopleRegister, Pictures
from auth_service.protocol.letter import LIFETIMES
from auth_service.protocol.message import say
from auth_service.protocol.proof_of_address import PendingSignUp
from auth_service.protocol.session import Browser
from auth_service.protocol.sign_up_form import Unusable, password_problem, read_profile
from auth_service.protocol.throttle import Throttle
from auth_service.protocol.user import User
from valetkey.errors import SlowDown
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True)
class CheckYourMail:
    """Where the code of the letter is asked for; `pending` names what waits for it."""

    pending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """The register page's work."""

    visits: Visits
    users: PeopleRegister
    passwords: Passwords
    pictures: Pictures
    confirm: ConfirmSignUp
    attempts: Attempts
    registrations: Throttle

    async def sign_up(
        self,
        values: Mapping[str, str],
        picture: bytes,
        browser: Browser,
        *,
        handle: str | None,
        next_path: str | None,
        language: str,
    ) -> SignedIn | CheckYourMail:
        """
        Register a person, once their address is proven, or at once without mail.

        Whether the address is somebody's already is said to its mailbox alone; the
        same work is done either way. Whether a username is taken may be told.

        Args:
            picture: of the person, as it was uploaded; no bytes for none.

        Raises:
            Unusable: with every field that cannot be taken.
            SlowDown: too many people were registered from this address.
            FlowOver: the flow was finished or expired meanwhile.

        """
        if handle is not None:
            await self.visits.find(handle, browser)
        user = self._read(values)
        wait = await self.attempts.reserve(f"sign-up:{browser.ip}", self.registrations)
        if wait:
            raise SlowDown(retry_after=wait, detail="too many registrations")
        if taken := await self.users.taken(user):
            text = say("Somebody uses this already. Choose another, or sign in.")
            raise Unusable(dict.fromkeys(sorted(taken), text))
        square = await self.pictures.square(picture) if picture else b""
        pending = PendingSignUp(
            browser_key=browser.key,
            user=user,
            password_hash=await self.passwords.hash(values.get("password", "")),
            code=f"{randbelow(10**8):08d}",
            secret=new_handle(),
            handle=handle,
            next=next_path,
            picture=b64encode(square).decode("ascii"),
        )
        if not self.confirm.post.works:
            return await self.confirm.complete(pending, browser)
        name = new_handle()
        await self.confirm.pending.put(name, pending, lifetime=LIFETIMES["sign_up"])
        await self.confirm.send(name, pending, language=language)
        return CheckYourMail(name)

    def _read(self, values: Mapping[str, str]) -> User:
        errors: dict[str, str] = {}
        names = (values.get("username", ""), values.get("email", ""))
        problem = password_problem(values.get("password", ""), about=names)
        if problem:
            errors["password"] = problem
        blank = User(subject=uuid4().hex, username="", email="", name="")
        try:
            user = read_profile(values, blank)
        except Unusable as unusable:
            errors = {**unusable.errors, **errors}
        if errors:
            raise Unusable(errors)
        return user
