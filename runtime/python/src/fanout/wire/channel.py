"""Channels to state managers: addresses, credentials and options."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio

from fanout.wire.addresses import Address

DEFAULT_ADDRESS = "127.0.0.1:7600"

_ADDRESS = re.compile(r"(\[[\da-fA-F:.]+\]|[^\s/:\[\]]+):\d{1,5}")
_TOKEN = re.compile(r"[\x21-\x7e]+")

#: Options of every channel: the server announces its limits, and long streams are not retried by the library.
_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    # A name may stand for several state managers: many clients take different ones of them.
    ("grpc.service_config", '{"loadBalancingConfig":[{"pick_first":{"shuffleAddressList":true}}]}'),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS: authorities to trust, and a certificate for state managers that ask for one. All PEM."""

    #: Authorities to trust; those that gRPC brings if absent.
    ca: bytes | None = None
    #: Certificate of this side.
    cert: bytes | None = None
    #: Its key.
    key: bytes | None = field(default=None, repr=False)

    @staticmethod
    def from_files(
        *, ca: str | Path | None = None, cert: str | Path | None = None, key: str | Path | None = None
    ) -> "Tls":
        """TLS of files. Raises OSError: one cannot be read."""
        ca_pem, cert_pem, key_pem = (None if each is None else Path(each).read_bytes() for each in (ca, cert, key))
        return Tls(ca_pem, cert_pem, key_pem)


@dataclass(frozen=True, slots=True)
class ChannelOptions:
    """Credentials with which state managers are reached."""

    #: Bearer token; empty: the state manager needs none.
    token: str = field(default="", repr=False)
    #: None: without TLS.
    tls: Tls | None = None

    def __post_init__(self) -> None:
        if self.token and not _TOKEN.fullmatch(self.token):
            raise ValueError("token: it has spaces, line breaks or letters beyond ASCII: trim what it was read from")

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The headers of every call."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def addresses_of(address: str | None, addresses: Sequence[str] | None) -> tuple[str, ...]:
    """The addresses that options give: `addresses`, or `address`, or the usual one.

    Raises ValueError: there is none, or one is not `host:port`.
    """
    if address is not None and addresses is not None:
        raise ValueError("address and addresses: give one of them")
    if isinstance(addresses, str):
        raise ValueError("addresses: give a list; for one there is address")
    given = tuple(addresses) if addresses is not None else (address or DEFAULT_ADDRESS,)
    if not given:
        raise ValueError("addresses: name at least one state manager")
    for each in given:
        if not _ADDRESS.fullmatch(each):
            raise ValueError(
                f"address {each!r}: write it as host:port, such as {DEFAULT_ADDRESS}; for TLS there is the option tls"
            )
    return given


def aio_channel(address: Address, options: ChannelOptions, *, own_connection: bool = False) -> grpc.aio.Channel:
    """A channel for the running event loop; `own_connection`: it shares none with other channels."""
    _check_process()
    channel_options = _options_for(address, own_connection=own_connection)
    if options.tls is None:
        return grpc.aio.insecure_channel(address.target, options=channel_options)
    return grpc.aio.secure_channel(address.target, _credentials_of(options.tls), options=channel_options)


def blocking_channel(address: Address, options: ChannelOptions) -> grpc.Channel:
    """A channel for a thread without event loop."""
    _check_process()
    channel_options = _options_for(address, own_connection=True)
    if options.tls is None:
        return grpc.insecure_channel(address.target, options=channel_options)
    return grpc.secure_channel(address.target, _credentials_of(options.tls), options=channel_options)


def _credentials_of(tls: Tls) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(tls.ca, tls.key, tls.cert)


def _options_for(address: Address, *, own_connection: bool) -> list[tuple[str, int | str]]:
    options = list(_OPTIONS)
    if own_connection:
        options.append(("grpc.use_local_subchannel_pool", 1))
    # Its certificate is that of its name, also where the name has several addresses.
    if address.name is not None:
        options.append(("grpc.ssl_target_name_override", address.name))
        options.append(("grpc.default_authority", address.name))
    return options


_first_process: int | None = None


def _check_process() -> None:
    """Refuses to use gRPC in a child that was forked from a process which uses it: there it hangs without a word."""
    global _first_process
    _first_process = _first_process or os.getpid()
    if _first_process != os.getpid():
        raise RuntimeError(
            "this process was forked from one that has used fanout, and gRPC does not survive that: start processes "
            "with multiprocessing.get_context('spawn'), or fork before the first connection"
        )
