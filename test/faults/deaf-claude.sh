#!/bin/sh
# A Claude Code that takes what is typed and does nothing: its hooks are told by whoever tests with it.
case " $* " in *' --version '*) echo '2.1.329 (Claude Code)'; exit ;; esac
stty raw -echo
# It takes pastes.
printf '\033[?2004h'
exec cat >> typed.txt
