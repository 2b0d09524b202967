"""Starting services in namespaces of this machine, for the demo: no engine, no root."""
