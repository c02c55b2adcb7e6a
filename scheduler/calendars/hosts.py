"""Which hosts are this machine, so that what is sent to them leaves it nowhere."""

from ipaddress import ip_address


def is_here(host: str) -> bool:
    """Whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
