"""A host as it is called, with what is known of it before any configuration is read."""

from dataclasses import dataclass

from seatrial.spec.inventory.host_names import host_address, host_name, user_name
from seatrial.spec.inventory.jump import jump
from seatrial.ssh.trouble import no_route


@dataclass(frozen=True, slots=True)
class Destination:
    """What is asked for; what is empty is for the configuration to say.

    :param name: in the inventory or the configuration, or an address.
    :param jump: as ``ssh -J`` takes it, or ``none``.
    """

    name: str
    address: str = ""
    port: int = 0
    user: str = ""
    jump: str = ""

    def checked(self) -> "Destination":
        """The same, when no part of it can be taken for an option or a command.

        :raises HopFailed: where one can.
        """
        try:
            host_name(self.name)
            if self.address:
                host_address(self.address)
            if self.user:
                user_name(self.user)
            if self.jump:
                jump(self.jump)
        except ValueError as error:
            raise no_route(str(error)) from error
        return self
