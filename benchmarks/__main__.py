"""All benchmarks: `make bench`."""

from benchmarks import commands, tracing

commands.main()
print()
tracing.main()
