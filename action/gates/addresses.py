"""Which network addresses a foreign URL may lead to: global ones only, also where one address hides another."""

import ipaddress

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
