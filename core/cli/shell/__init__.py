"""The command in a shell: what TAB offers, the scripts that ask for it, and the page that `man hardlook` shows."""
