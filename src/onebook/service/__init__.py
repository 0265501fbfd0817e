"""What one can do: one function per command, on a `View` to read and a `Unit` to write."""
