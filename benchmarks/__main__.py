"""All benchmarks: `make bench`."""

from benchmarks import commands, tracing, typesetting

commands.main()
print()
tracing.main()
print()
typesetting.main()
