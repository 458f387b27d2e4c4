#!/bin/bash
# The engines agree: every sample under the preload engine gives what it gives under ptrace.
cd "$(dirname "$0")/../samples" || exit
ENGINE=preload exec bash ./run.sh
