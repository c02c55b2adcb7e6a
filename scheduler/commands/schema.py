"""`washout schema`: the JSON Schema of a protocol file."""

import json

import click


@click.command("schema", short_help="Print the JSON Schema of a protocol file.")
def schema_command() -> None:
    """The JSON Schema of a protocol file, for editors that complete and check it.

    \b
    Example:
      washout schema > protocol.schema.json
    """
    from scheduler.protocol.reading import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
