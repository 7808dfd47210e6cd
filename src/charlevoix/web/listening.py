"""Listening on a port: uvicorn with our limits, and with nothing in its answers that tells what runs here."""

import ssl
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


def listener(app: ASGIApp, host: str, port: int, certificate: Path | None = None, key: Path | None = None) -> uvicorn.Server:
    """A server that is ready for `run()` or `serve()`; port 0 takes a free one. With certificate and key (PEM) it speaks TLS >= 1.2.

    `X-Forwarded-*` is believed from 127.0.0.1 only, where a reverse proxy would stand.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,  # who read what, and from where, is no business of a log file
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
        limit_concurrency=512,
        h11_max_incomplete_event_size=32 << 10,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        forwarded_allow_ips="127.0.0.1",
    )
    return uvicorn.Server(config)
