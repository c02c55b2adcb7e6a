"""`washout desk user` and `washout desk token`: who may come to a shared desk."""

import click

from scheduler.commands.desk import desk_group, store_argument, user_option

ROLES = click.Choice(["viewer", "coordinator", "physician", "administrator"])


@desk_group.command("user", short_help="Add a person, or change role or password.")
@store_argument
@click.argument("name")
@click.option("--role", type=ROLES, default="coordinator", show_default=True)
@click.option("--close", "closing", is_flag=True, help="Keep this person out from now on.")
@user_option
def user_command(store: str, name: str, role: str, closing: bool, user: str) -> None:
    """Add a person to a shared desk; the password is asked for, never given on the line.

    \b
    Example:
      washout desk user site.db "Anna Li" --role coordinator
    """
    from scheduler.commands.desk import _login, _serving
    from scheduler.store.access import Access
    from scheduler.store.entries import Actor
    from scheduler.store.stored import Store

    _serving()
    from scheduler.desk.passwords import hashed, weak

    access, actor = Access(Store.open(store.partition("#")[0])), Actor(user or _login())
    if closing:
        access.close_account(name, actor)
        click.echo(f"{name} is closed")
        return
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if said := weak(password, name):
        raise click.UsageError(said)
    access.put_account(name, role, hashed(password), actor)
    click.echo(f"{name}: {role}")


@desk_group.command("token", short_help="A token for programs of the hospital.")
@store_argument
@click.option("--user", "name", required=True, help="The person in whose name the program acts.")
def token_command(store: str, name: str) -> None:
    """Make a token for the interface for programs; it is told once.

    \b
    Example:
      washout desk token site.db --user "Lab system" > token.txt
    """
    from scheduler.commands.desk import _login
    from scheduler.store.access import Access
    from scheduler.store.entries import Actor
    from scheduler.store.stored import Store

    access = Access(Store.open(store.partition("#")[0]))
    if access.account(name) is None:
        raise click.UsageError(f"there is no user {name}: add one with washout desk user")
    click.echo(access.make_token(name, Actor(_login())))
