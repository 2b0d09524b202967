"""User names and uids, always compared as uids: a name may be cut, absent, or two names for one."""

from seatrial.instance import Local
from seatrial.judges.case import Blind, Case, seen
from seatrial.snapshot import Inside, Unreadable

_OVERFLOW_UID = 65534
"""What the kernel tells for an owner that is not mapped (user_namespaces(7))."""


def uid_of(case: Case, user: str | int) -> int:
    """The uid that a declared user has inside the target.

    :raises Blind: where the target's ``/etc/passwd`` could not be read or does not know the name.
    """
    if isinstance(user, int):
        return user
    users = seen(case.inside.users)
    if user in users:
        return users[user]
    if user.isascii() and user.isdecimal():
        return int(user)
    raise Blind(f"there is no user {user!r} in the target's /etc/passwd, so its uid is not known")


def called(case: Case, uid: int) -> str:
    """``0 (root)`` where the target has a name for it, else ``4242``."""
    inside = case.slot.inside
    users = inside.users if isinstance(inside, Inside) else {}
    if isinstance(users, Unreadable):
        return str(uid)
    name = next((name for name, number in users.items() if number == uid), "")
    return f"{uid} ({name})" if name else str(uid)


def weigh_owner(case: Case, user: str | int, found: int) -> tuple[str, str]:
    """Whether a file belongs to a declared user: what is wrong, and why it cannot be told; empty where neither is.

    :param found: uid of the file.
    """
    try:
        uid = uid_of(case, user)
    except Blind as blind:
        return "", str(blind)
    if found == _OVERFLOW_UID and isinstance(case.instance, Local) and case.instance.user_namespace:
        return "", "its owner has no number in the user namespace of the service"
    return (f"belongs to uid {called(case, found)}, expected {wanted(user, uid)}" if found != uid else ""), ""


def wanted(user: str | int, uid: int) -> str:
    """``appsvc (1500)`` for a declared user."""
    return f"{user} ({uid})" if str(user) != str(uid) else f"uid {uid}"
