"""`xlfactor serve`: the catalogue for Excel on Windows, Mac and the web."""

from pathlib import Path
from typing import Annotated

import typer

from xlfactor.console import Run, command

Host = Annotated[str, typer.Option(help="Address to listen on; others than loopback need --token-file and TLS.")]
Port = Annotated[int, typer.Option(help="Port; 0 takes a free one.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that compute; so many calls run at once.")]
TlsCert = Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")]
TlsKey = Annotated[Path | None, typer.Option(help="Its private key, PEM.")]
PublicUrl = Annotated[str, typer.Option(help="The https address Excel uses, where a proxy in front ends TLS.")]
TokenFile = Annotated[Path | None, typer.Option(help="File with the access token that users enter in the task pane.")]
Megabytes = Annotated[int, typer.Option(min=1, help="Largest request.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="Longest call, seconds.")]


@command
def serve(
    run: Run,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 2,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    public_url: PublicUrl = "",
    token_file: TokenFile = None,
    max_megabytes: Megabytes = 100,
    time_limit: Seconds = 60,
) -> None:
    """Serve the functions to Excel through xlwings Server, under your own xlwings licence."""
    from xlfactor.hosts.server.run import serve as start
    from xlfactor.hosts.server.settings import Settings, read_token

    token = read_token(token_file) if token_file else ""
    settings = Settings(host, port, workers, token, tls_cert, tls_key, public_url, max_megabytes, time_limit)
    start(settings, run.say)
