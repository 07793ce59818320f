#!/usr/bin/env bash
# suite: the testbed answers as the daemons that it plays
# seconds: 60
# needs: cargo
. "$(dirname "$0")/../lib/suite.sh"

cargo test -p zinit-testbed
