"""What happens by itself at its time: the nightly dump, and the trash emptied."""
