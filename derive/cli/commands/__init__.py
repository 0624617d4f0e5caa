"""The commands, one a module; a new one joins the table."""

from derive.cli.commands.compare import compare
from derive.cli.commands.completion import completion
from derive.cli.commands.examples import examples
from derive.cli.commands.new import new
from derive.cli.commands.report import report
from derive.cli.commands.trace import trace

__all__ = ["COMMANDS"]

COMMANDS = (report, compare, trace, examples, new, completion)
"""As click knows them; help lists them by name."""
