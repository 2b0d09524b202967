"""The Tomcat of every instance."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from seatrial.spec.expectation import Expectation
from seatrial.spec.scalars import AbsolutePath, Deadline, Name, PortNumber

ContextPath = Annotated[str, StringConstraints(pattern=r"^(?:/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+)\Z")]


class TomcatSpec(Expectation):
    """A Tomcat that must run in every instance."""

    base: AbsolutePath = Field(description="its CATALINA_BASE, as -Dcatalina.base says it")
    process: Name | None = Field(None, description="name of the declared process that it is")
    connector: PortNumber = Field(8080, description="port of the HTTP connector, as its server.xml must say")
    contexts: tuple[ContextPath, ...] = Field((), description="paths of the applications that must be deployed")
    within: Deadline = Field(5.0, description="deadline for the answer of each context")

    @model_validator(mode="after")
    def _contexts_differ(self) -> Self:
        if len(set(self.contexts)) < len(self.contexts):
            raise ValueError("contexts has one path twice; each is one check")
        return self

    @property
    def server_xml(self) -> str:
        """Where its connectors are configured."""
        return self.in_base("conf/server.xml")

    @property
    def properties_file(self) -> str:
        """Where more of its system properties are."""
        return self.in_base("conf/catalina.properties")

    def in_base(self, path: str) -> str:
        """A path below its base."""
        return f"{self.base.rstrip('/')}/{path}"

    def deployments(self, context: str) -> tuple[str, str, str]:
        """Folder, archive and descriptor, of which one must be there (Tomcat, Configuration Reference: Context)."""
        name = context.strip("/").replace("/", "#") or "ROOT"
        archive, descriptor = f"webapps/{name}.war", f"conf/Catalina/localhost/{name}.xml"
        return self.in_base(f"webapps/{name}"), self.in_base(archive), self.in_base(descriptor)


def talk_key(context: str) -> str:
    """Under which key the conversation with a context is filed."""
    return f"tomcat:{context}"


def beside(context: str) -> str:
    """A path beside a context, which nothing is deployed at: who answers it answers whatever is asked.

    The root context has none: it is what answers then.
    """
    return "" if context == "/" else f"{context}-6e6f6e65"
