"""`washout desk`: the local web desk, and what is done with its store."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scheduler.commands.shared import DayType, Whole, as_of_option

if TYPE_CHECKING:
    from scheduler.store.stored import Store

EXAMPLE, EXAMPLE_DAY = "nct07342244", date(2026, 6, 15)


class _DeskGroup(click.Group):
    """`washout desk PROTOCOL` opens the desk; its other verbs are named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without the name of a verb, the desk is opened."""
        known = (*self.commands, "-h", "--help")
        if args and args[0] not in known:
            args = ["open", *args]
        return super().parse_args(ctx, args)


store_argument = click.argument("store", metavar="STORE")
user_option = click.option("--user", default="", help="Who does it, for the trail.")


@click.group("desk", cls=_DeskGroup, short_help="A web page to work at, with an audit trail.")
def desk_group() -> None:
    """The desk: see what needs you, book, record, and keep a trail of every change.

    `washout desk PROTOCOL --store site.db` opens it in the browser. The other verbs work on the
    store alone. STORE is a file such as site.db, or a postgresql:// address.

    \b
    Example:
      washout desk protocols/nct07342244 --store site.db \\
        --from protocols/nct07342244/example
    """


@desk_group.command("open", short_help="Open the desk (the word may be left out).")
@click.argument("protocol", required=False, type=click.Path())
@click.option("--store", "place", default="", help="The store; made where there is none.")
@click.option("--from", "source", type=click.Path(), help="A study to begin a new store with.")
@click.option("--example", is_flag=True, help="The example study in a store that is thrown away.")
@click.option("--port", default=8765, show_default=True, type=Whole(0, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--host-name", "names", multiple=True, help="A further name of this machine.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--as-of", type=DayType(), help="Plan for this day instead of today.")
@click.option("--user", default="", help="Who works here; else the name of the log-in.")
@click.option("--shared", is_flag=True, help="Several people, who log in.")
@click.option("--tls-certificate", default="", type=click.Path(), help="A PEM file.")
@click.option("--tls-key", default="", type=click.Path(), help="A PEM file.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front does TLS.")
@click.option("--token-file", type=click.Path(), help="Make this file with a token for programs.")
def open_command(
    protocol: str | None,
    place: str,
    source: str | None,
    example: bool,
    names: tuple[str, ...],
    no_browser: bool,
    tls_certificate: str,
    tls_key: str,
    token_file: str | None,
    **given: Any,
) -> None:
    """Open the desk in the browser.

    A store that is not there yet is made from PROTOCOL, with the rows of --from where it is given.
    Later the store is enough.

    \b
    Example:
      washout desk --example
      washout desk protocols/nct07342244 --store site.db --from my-study
    """
    from tempfile import TemporaryDirectory

    serving = _serving()
    if example == bool(place):
        raise click.UsageError("give --store, or --example")
    with TemporaryDirectory(prefix="washout-example-") as folder:
        if example:
            protocol, source = _example()
            place = str(Path(folder) / "example.db")
            given["as_of"] = given["as_of"] or EXAMPLE_DAY
        store = _made(place, protocol, source, given["user"])
        try:
            wishes = serving.Wishes(
                names=names, certificate=tls_certificate, key=tls_key, browser=not no_browser,
                token=_token_into(token_file), **given,
            )  # fmt: skip
            serving.serve(store, wishes, click.echo)
        finally:
            store.close()


def _serving() -> Any:
    try:
        from scheduler.desk import serving
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'the desk needs more ({error.name}): pip install "washout[desk]"'
        ) from error
    return serving


def _example() -> tuple[str, str]:
    from scheduler.planning.examples import example_files

    folder = example_files() / EXAMPLE
    return str(folder), str(folder / "example")


def _made(place: str, protocol: str | None, source: str | None, user: str) -> "Store":
    """The store; a study is put into it where it has none of that protocol."""
    from scheduler.protocol.reading import load_protocol
    from scheduler.store.entries import Actor
    from scheduler.store.importing import new_study
    from scheduler.store.stored import Store

    store = Store.open(place, make=protocol is not None)
    if protocol is None:
        if not store.studies():
            raise click.UsageError("the store holds no study yet: name the PROTOCOL")
        return store
    found = load_protocol(protocol)
    if found.id not in store.studies():
        new_study(store, found.id, _protocol_texts(protocol), source, Actor(user or _login()))
    elif source:
        raise click.UsageError(
            "--from begins a new store; bring rows into this one with washout desk import"
        )
    elif _protocol_texts(protocol) != store.protocol_files(found.id):
        click.echo(
            "warning: the protocol's files differ from those in the store, which stay in force; "
            "load the new version on the page Protocol", err=True,
        )  # fmt: skip
    return store


def _protocol_texts(protocol: str) -> dict[str, str]:
    """The files of a protocol by their names in its folder."""
    path = Path(protocol)
    folder, main = (path, path / "protocol.yaml") if path.is_dir() else (path.parent, path)
    found = {"protocol.yaml": main.read_text(encoding="utf-8-sig")}
    for version in sorted((folder / "versions").glob("*.yaml")):
        found[f"versions/{version.name}"] = version.read_text(encoding="utf-8-sig")
    return found


def _login() -> str:
    import getpass

    return getpass.getuser()


def _token_into(path: str | None) -> str:
    """A token for programs, in a file that only this user can read."""
    if path is None:
        return ""
    import secrets

    token = "washout_" + secrets.token_urlsafe(32)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.chmod(path, 0o600)
        stream.write(token + "\n")
    return token


def _opened(place: str) -> "tuple[Store, str]":
    from scheduler.store.reading import chosen_study
    from scheduler.store.stored import Store

    where, _, name = place.partition("#")
    store = Store.open(where)
    return store, chosen_study(store, name)


@desk_group.command("export", short_help="Write the study folder of a store.")
@store_argument
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--workbook", type=click.Path(), help="A workbook of the same tables, too.")
def export_command(store: str, directory: str, workbook: str | None) -> None:
    """Write the study folder that the other commands read: the same cells.

    \b
    Example:
      washout desk export site.db my-study
    """
    from scheduler.store.exporting import export_folder, export_workbook

    opened, study = _opened(store)
    heads, rows = opened.heads(study), opened.rows(study)
    for path in export_folder(heads, rows, directory):
        click.echo(str(path))
    if workbook:
        export_workbook(heads, rows, workbook)
        click.echo(workbook)


@desk_group.command("import", short_help="Bring the rows of a study into a store.")
@store_argument
@click.argument("study", type=click.Path())
@click.option("--apply", "really", is_flag=True, help="Do it; without this, only show it.")
@click.option("--reason", default="", help="Why rows that are there are corrected.")
@user_option
def import_command(store: str, study: str, really: bool, reason: str, user: str) -> None:
    """Show what a study folder or workbook would change in a store; with --apply, do it.

    Rows that only the store has are left as they are.

    \b
    Example:
      washout desk import site.db my-study --apply --reason "workbook of 3 July"
    """
    from scheduler.store.entries import Actor
    from scheduler.store.importing import differences, import_study

    opened, key = _opened(store)
    if really:
        found = import_study(opened, key, study, Actor(user or _login()), reason)
    else:
        found = differences(opened, key, study)
    for line in found.lines():
        click.echo(line)
    if not really and found.edits:
        click.echo("Nothing was changed; --apply does it.")


@desk_group.command("verify", short_help="Recompute the trail's chain.")
@store_argument
@click.option("--hash", "known", default="", help="A hash that was noted before: is it in there?")
@click.pass_context
def verify_command(ctx: click.Context, store: str, known: str) -> None:
    """Is every entry of the trail as it was written, and do the rows follow from it?

    Prints the number of entries and the hash of the last one; note it elsewhere, and --hash tells
    later whether the trail still leads through it. Exit code 1 names the first entry that does
    not fit.

    \b
    Example:
      washout desk verify site.db
    """
    from scheduler.store.proving import verify
    from scheduler.store.stored import Store

    opened = Store.open(store.partition("#")[0])
    proof = verify(opened, known)
    click.echo(f"{proof.entries} entries, last hash {proof.hash}")
    if proof.fault:
        click.echo(f"Error: {proof.fault}", err=True)
        ctx.exit(1)


@desk_group.command("replay", short_help="The plan as it was known at an instant.")
@store_argument
@click.option("--at", "instant", required=True, help="Such as 2026-06-15T09:30:00Z.")
@as_of_option
@click.option("--out", required=True, type=click.Path(), help="The folder to write into.")
def replay_command(store: str, instant: str, as_of: date, out: str) -> None:
    """What did the program say when this was booked? The plan as it was known at an instant.

    \b
    Example:
      washout desk replay site.db --at 2026-06-15T09:30:00Z \\
        --as-of 2026-06-15 --out then
    """
    from tempfile import TemporaryDirectory

    from scheduler.errors import InputFaults
    from scheduler.planning.plans import plan
    from scheduler.protocol.reading import load_protocol
    from scheduler.report.folder import write_plan
    from scheduler.store.proving import known_at, write_protocol
    from scheduler.store.reading import read_rows

    try:
        at = datetime.fromisoformat(instant)
    except ValueError as error:
        raise click.BadParameter(
            f"found {instant}, expected an instant", param_hint="--at"
        ) from error
    if at.tzinfo is None:
        raise click.BadParameter("expected a time zone, such as Z for UTC", param_hint="--at")
    opened, key = _opened(store)
    then = known_at(opened, key, at)
    study, faults = read_rows(then.heads, then.rows, f"{store} at {instant}")
    if not all(fault.warning for fault in faults):
        raise InputFaults(faults)
    with TemporaryDirectory(prefix="washout-protocol-") as folder:
        protocol = load_protocol(write_protocol(then.protocol_files, Path(folder)))
        write_plan(plan(protocol, study, as_of), out)
    click.echo(f"{then.entries} entries until {instant}; written into {out}")


@desk_group.command("backup", short_help="A consistent copy while people work.")
@store_argument
@click.argument("file", type=click.Path())
def backup_command(store: str, file: str) -> None:
    """Copy a store into a new SQLite file, in a state between two saves.

    \b
    Example:
      washout desk backup site.db copy.db
    """
    from scheduler.store.copying import backup
    from scheduler.store.stored import Store

    click.echo(str(backup(Store.open(store.partition("#")[0]), file)))
