"""`washout publish`: the last export onto a CalDAV server."""

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scheduler.calendars.publishing import PublishResult

USER, PASSWORD = "WASHOUT_CALDAV_USER", "WASHOUT_CALDAV_PASSWORD"


@click.command("publish", short_help="Send the exported calendars to a CalDAV server.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--caldav", "url", metavar="URL", required=True, help="The calendar's own address.")
@click.pass_context
def publish_command(ctx: click.Context, directory: str, url: str) -> None:
    """Which events must be sent, so that a CalDAV calendar shows the last export?

    DIR is the folder of `plan` or `calendars`. All of its events go into the one calendar at the
    address, each once. What somebody changed on the server is reported and left as it is (exit
    code 1); sending the same export again writes nothing. User and password come from
    WASHOUT_CALDAV_USER and WASHOUT_CALDAV_PASSWORD, or are asked for where the server wants them.

    \b
    Example:
      washout publish out --caldav https://cloud.example.org/dav/me/study/
    """
    result = _push(directory, url)
    for line in result.lines():
        click.echo(line)
    ctx.exit(0 if result.ok else 1)


def _push(directory: str, url: str) -> "PublishResult":
    from pathlib import Path

    from scheduler.calendars.errors import CalendarError
    from scheduler.calendars.publishing import publish as send

    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD)
    if user and password is None:
        password = _ask("Password", hidden=True)
    try:
        return send(Path(directory), url, user, password or "")
    except CalendarError as error:
        if user or error.code != "C424":
            raise
    user = _ask("User")
    return send(Path(directory), url, user, _ask("Password", hidden=True))


def _ask(what: str, hidden: bool = False) -> str:
    """Ask on the terminal; where nobody can answer, say what to do instead."""
    from scheduler.calendars.errors import CalendarError

    try:
        return str(click.prompt(what, hide_input=hidden, err=True))
    except click.Abort as error:
        raise CalendarError(
            "C424", f"the server wants to know who asks; set {USER} and {PASSWORD}"
        ) from error
