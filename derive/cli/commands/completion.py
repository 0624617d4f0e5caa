"""`derive completion`: what makes a shell complete commands and options."""

from __future__ import annotations

import click


@click.command(short_help="Print what makes a shell complete commands and options.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"], case_sensitive=False))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete derive's commands and options.

    \b
    Examples:
      derive completion bash >> ~/.bashrc
      derive completion zsh >> ~/.zshrc
      derive completion fish > ~/.config/fish/completions/derive.fish
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    program = context.find_root().command
    click.echo(found(program, {}, "derive", "_DERIVE_COMPLETE").source())
