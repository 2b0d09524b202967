"""Hosts over SSH: settings as OpenSSH tells them, jump hosts shared, host keys held against known_hosts.

Only public keys log in, from an agent or from files; neither an agent nor X11 is ever forwarded.
"""
