"""Which hosts a foreign URL may lead to: those of the public internet, also where one address hides another."""

import ipaddress
import socket
from urllib.parse import urlsplit

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
# What Python 3.11's tables call global and is not for us, or is a door to a machine's own cloud host.
REFUSED = [
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # the host of an Azure machine, where GitHub's runners live
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b:1::/48",  # NAT64 for local use
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, as it once was
    )
]


def is_global(text: str) -> bool:
    """Whether an address, and every address embedded in it, is one of the public internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(is_public(candidate) for candidate in [address, *embedded(address)])


def is_public(address: IPv4 | IPv6) -> bool:
    """Whether one address, taken by itself, is public."""
    if isinstance(address, IPv6) and (address.ipv4_mapped or address in NAT64):
        return True  # judged by the address inside
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    refused = any(address.version == network.version and address in network for network in REFUSED)
    return address.is_global and not special and not refused


def embedded(address: IPv4 | IPv6) -> list[IPv4]:
    """Return the IPv4 addresses inside mapped, compatible, 6to4, Teredo and NAT64 addresses."""
    if isinstance(address, IPv4):
        return []
    found = [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner]
    found += list(address.teredo or ())
    if address in NAT64 or address in IPV4_COMPATIBLE:
        found.append(IPv4(int(address) & 0xFFFFFFFF))
    return found


# RFC 6761, 6762 and 8375, and what ICANN keeps free for private use: no name below these is on the public internet.
PRIVATE_NAMES = frozenset({"localhost", "local", "internal", "invalid", "home.arpa"})
NOT_IN_AN_ADDRESS = frozenset(' "<>\\^`{|}')


def is_named(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Whether one of the `allowed` hosts ("name" or "name:port", in lower case) is this one."""
    name = host.strip("[]").rstrip(".").lower()
    return name in allowed or f"{name}:{port}" in allowed


def never_called(url: str, allowed: frozenset[str]) -> str:
    """Return why no callback can ever be sent to a http or https address with a host; "" when one perhaps can.

    Nothing is looked up: a name that leads nowhere public is seen when it is called.
    """
    if any(character <= " " or character in NOT_IN_AN_ADDRESS for character in url.split("?")[0]):
        return "has a space or another character that no address may have; write it as %20 and the like"
    if "%" in urlsplit(url).netloc:
        return "must not have an encoded host"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "has a port that is no number from 1 to 65535"
    if port == 0:
        return "has port 0, where nobody can listen"
    if is_named(host, port or (443 if parts.scheme.lower() == "https" else 80), allowed):
        return ""
    if is_private(host.rstrip(".").lower()):
        return (
            "its host is not on the public internet, so no callback could reach it; if it shall be reached, the owner"
            " names it in ALLOWED_HOSTS of the receiver and of the runner repository"
        )
    return ""


def is_private(host: str) -> bool:
    """Whether a host cannot be on the public internet: by its address, however that is written, or by its name."""
    if ":" in host:
        return not is_global(host)
    labels = host.split(".")
    if labels[-1].isdecimal() or labels[-1].startswith("0x"):  # 127.1, 2130706433, 0x7f.1: no name ends like that
        try:
            return not is_global(socket.inet_ntoa(socket.inet_aton(host)))
        except (OSError, UnicodeError):
            return True
    return len(labels) == 1 or labels[-1] in PRIVATE_NAMES or ".".join(labels[-2:]) in PRIVATE_NAMES
