"""Addresses of state managers, and what the names among them stand for."""

import asyncio
import hashlib
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Time within which a name has to be looked up, seconds: what was known of it counts after that.
_LOOKUP_S = 2.0


@dataclass(frozen=True, slots=True)
class Address:
    """One state manager, as a channel reaches it."""

    #: `host:port`.
    target: str
    #: The name in its certificate, where `target` is one of the addresses of that name; None: the host of `target`.
    name: str | None = None


class AddressBook:
    """Every state manager that addresses stand for."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._known: dict[str, list[Address]] = {}

    async def all(self) -> list[Address]:
        """Every state manager, once. Names are looked up anew: what they stand for changes as state managers come and go."""
        found = await asyncio.gather(*map(self._resolve, self._addresses))
        return list({each.target: each for some in found for each in some}.values())

    async def _resolve(self, address: str) -> list[Address]:
        host, port = _parts_of(address)
        if _is_ip(host):
            return [Address(address)]
        look_up = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.wait_for(look_up, _LOOKUP_S)
        except (OSError, asyncio.TimeoutError):
            # A name that cannot be looked up is left to the channel, whose error says so.
            return self._known.get(address, [Address(address)])
        self._known[address] = _expand(host, port, ((family, str(each[0])) for family, _, _, _, each in found))
        return self._known[address]


def in_order_of(key: str, addresses: Iterable[Address]) -> list[Address]:
    """Sorts state managers in an order that a key has for itself, and that changes little when some come or go.

    Many keys have each of them first equally often (rendezvous hashing).
    """
    return sorted(addresses, key=lambda each: hashlib.sha256(f"{key} {each.target}".encode()).digest())


def _parts_of(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _expand(host: str, port: str, found: Iterable[tuple[int, str]]) -> list[Address]:
    """A name with one address for each family is one state manager, and its channel chooses between them."""
    by_family: dict[int, dict[str, None]] = {}
    for family, ip in found:
        by_family.setdefault(family, {})[ip] = None
    for family in (socket.AF_INET, socket.AF_INET6):
        ips = by_family.get(family, {})
        if len(ips) >= 2:
            return [Address(f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}", host) for ip in ips]
    return [Address(f"{host}:{port}")]
