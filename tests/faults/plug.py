"""A proxy before the engine that pulls the plug at a chosen call."""

from collections.abc import Callable
from pathlib import Path

from cutting_proxy import CuttingProxy


class Plug(CuttingProxy):
    """Cuts one answer, and at its very start does what it is told.

    :param target: the engine's socket.
    :param where: path of its own socket.
    :ivar cut: numbers of the answers that are cut after ``cut_after`` bytes.
    :ivar at: number of the call before which ``act`` is called, before the engine hears of it.
    """

    def __init__(self, target: Path, where: Path) -> None:
        super().__init__(target, where)
        self.cut: tuple[int, ...] = ()
        self.at: int | None = None
        self.act: Callable[[], object] = lambda: None

    def again(self, *, cut: tuple[int, ...] = (), after: int | None = None) -> None:
        """Count answers anew, and cut these."""
        self.reset(after)
        self.cut = cut

    def _begin(self) -> tuple[int, int | None]:
        number, cut_after = super()._begin()
        if number == self.at:
            self.act()
        return number, cut_after if number in self.cut else None
